"""Filters that an endpoint would ignore never reach it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.fault import json_path
from chalicelib.drivers.ec2.attack import EC2Attack
from chalicelib.drivers.ec2.filters import MOST_VALUES, chunks, count, require_honoured
from chalicelib.planning.validation import check_attack
from chalicelib.plugin.registry import attacks
from infra.stage.stages import FILTERS_OF_MINISTACK
from plugins.attacks.reboot_ec2_instance import RebootEC2Instance
from plugins.attacks.terminate_ec2_instance import TerminateEC2Instance, TerminateEC2InstanceNotExcluded

LOCAL = {"EC2_FILTERS": FILTERS_OF_MINISTACK}


@pytest.mark.parametrize("name", ["tag:Chaos", "tag:", "tag-key", "instance-state-name", "instance-type", "image-id"])
def test_a_filter_that_the_stage_honours_passes(name: str) -> None:
    require_honoured([name], LOCAL)


@pytest.mark.parametrize("name", ["availability-zone", "tga:Chaos", "Tag:Chaos", "xtag:Chaos", "instance-type-x", ""])
def test_a_filter_that_the_stage_would_ignore_is_refused_by_name(name: str) -> None:
    with pytest.raises(AttackFailed, match=f"does not filter by {name}, so every instance would match"):
        require_honoured(["tag:Chaos", name], LOCAL)


@given(
    st.dictionaries(
        st.text("abc", min_size=1, max_size=3),
        st.one_of(st.just("x"), st.lists(st.integers(0, 999).map(str), min_size=1, max_size=200, unique=True)),
        max_size=4,
    )
)
def test_every_part_of_the_filters_is_few_enough_and_together_they_are_the_whole(filters: Any) -> None:
    others = count(filters) - max((count({name: value}) for name, value in filters.items()), default=0)
    if others >= MOST_VALUES:
        with pytest.raises(AttackFailed, match="EC2 takes 200 values"):
            list(chunks(filters))
        return
    parts = list(chunks(filters))
    assert all(count(part) <= MOST_VALUES for part in parts)
    for name, value in filters.items():
        values = [each[name] for each in parts]
        assert value in values or [one for some in values for one in some] == value
    if count(filters) <= MOST_VALUES:
        assert parts == [filters]


def test_the_engines_own_filter_beside_200_values_makes_two_requests() -> None:
    filters = {"instance-state-name": "running", "instance-id": [str(number) for number in range(200)]}
    assert [count(part) for part in chunks(filters)] == [200, 2]


@pytest.mark.parametrize("attack", [TerminateEC2Instance, TerminateEC2InstanceNotExcluded, RebootEC2Instance])
def test_more_values_than_ec2_takes_are_refused_when_the_plan_is_posted(attack: type[EC2Attack]) -> None:
    values = [str(number) for number in range(150)]
    few, many = {"tag:a": values, "tag:b": values[:50]}, {"tag:a": values, "tag:b": values[:51]}
    attack.check({"filters": few})
    with pytest.raises(InvalidRequest, match="the filters have 201 values, and EC2 takes 200 in all of them together"):
        attack.check({"filters": many})
    with pytest.raises(InvalidRequest, match="201 values") as refusal:
        attack.check({"filters": few, "excluded": many})
    assert [fault.path for fault in refusal.value.faults] == ["$.excluded"]


def test_without_the_setting_ec2_itself_is_the_judge() -> None:
    require_honoured(["availability-zone", "anything"], {})


@pytest.mark.parametrize(
    "attack",
    [each for each in attacks().catalogue()[0] if "filters" in each.schema["properties"]["args"]["properties"]],
    ids=lambda each: each.ref,
)
def test_a_filter_that_can_never_be_is_refused_when_posted_with_the_nearest_that_can(attack: Any) -> None:
    args = attack.example["args"]
    if "driver" in args:
        return
    for place in ("filters", *(name for name in ("excluded",) if name in args)):
        for name, near in (("tags:Chaos", "tag:Chaos"), ("instance_type", "instance-type")):
            posted = {**attack.example, "args": {**args, place: {"tag:Team": "a", name: "x"}}}
            with pytest.raises(InvalidRequest) as raised:
                check_attack(posted, attacks())
            (fault,) = raised.value.faults
            assert fault.path == json_path(["attack", "args", place, name]) and fault.nearest == near
            assert f"EC2 has no such filter: give tag:<key> or one it documents; did you mean '{near}'?" in (
                str(raised.value)
            )


@pytest.mark.parametrize("value", ["runing", ["running", "runing"]])
def test_a_state_that_can_never_be_is_refused_when_posted_with_the_nearest_that_can(value: Any) -> None:
    example = TerminateEC2Instance.example
    posted = {**example, "args": {"filters": {"tag:Team": "a", "instance-state-name": value}}}
    with pytest.raises(InvalidRequest, match="did you mean 'running'") as raised:
        check_attack(posted, attacks())
    (fault,) = raised.value.faults
    assert fault.nearest == "running" and fault.path.startswith("$.attack.args.filters['instance-state-name']")
