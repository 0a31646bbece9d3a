"""What an attack could hit is asked of it, whatever it does, and nothing else."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.domain.targets import CANNOT_SAY, Resolution, Target
from chalicelib.planning.resolve_targets import MOST_NAMED, resolve
from tests.support.world import ATTACKS, NOTE
from tests.unit.samples.attacks.seeker import Seeker

WAYS = ("one", "nothing", "spared", "many", "numbers", "cannot say", "fail", "raise", "answer", "exit", "wrong")


@pytest.fixture(autouse=True)
def acts() -> Iterator[list[str]]:
    Seeker.acts.clear()
    yield Seeker.acts


def found(how: str) -> Resolution:
    return resolve({"ref": "seeker:Seeker", "args": {"how": how}}, ATTACKS)


def test_what_it_could_hit_is_named_and_counted() -> None:
    assert found("one") == Resolution(
        candidates=2, running=2, named=(Target("node-1"), Target("node-2", "web")), known={"region": "nowhere"}
    )
    assert found("spared").spared_because == {"node-1": "it bears the tag x, which protects it"}
    assert found("takes three").takes == 3


def test_an_attack_that_cannot_say_is_distinguished_from_one_that_finds_nothing() -> None:
    for unknown in (found("cannot say"), resolve(NOTE, ATTACKS)):
        assert unknown == Resolution(unknown=CANNOT_SAY)
    assert found("nothing") == Resolution()


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("fail", "EC2 refused"),
        ("raise", "KeyError: 'nodes'"),
        ("answer", "no such team"),
        ("exit", "SystemExit: 3"),
        ("wrong", "AttributeError: "),
    ],
)
def test_one_that_fails_says_how(how: str, sentence: str) -> None:
    failed = found(how)
    assert failed.failed and failed.unknown is not None and failed.unknown.startswith(sentence)


@pytest.mark.parametrize(
    "event", [None, {}, [], "x", 3, {"ref": "seeker:Seeker"}, {"args": {}}, {"ref": 3, "args": {}}, {"ref": "x:X"}]
)
def test_what_is_no_attack_is_answered_too(event: Any) -> None:
    assert resolve(event, ATTACKS) == Resolution.failure("the event is not an attack: give its ref and its args")


def test_an_unknown_ref_is_answered_with_the_ref() -> None:
    assert "nope:Nope not found" in str(resolve({"ref": "nope:Nope", "args": {}}, ATTACKS).unknown)


def test_what_the_attack_says_of_its_filters_is_bounded_and_crosses_as_json() -> None:
    warned = found("warns")
    assert warned.warnings == ("no candidate bears the tag Tier",) * 10
    assert Resolution.of(json.loads(json.dumps(warned.document()))) == warned


def test_many_are_counted_and_the_first_are_named() -> None:
    many = found("many")
    assert (many.candidates, len(many.named), many.spared, len(many.spared_because)) == (
        1000,
        MOST_NAMED,
        300,
        MOST_NAMED,
    )
    assert many.named[0] == Target("node-0", "name 0")
    assert len(json.dumps(many.document())) < 100_000


@pytest.mark.parametrize("how", WAYS)
def test_it_is_never_prepared_nor_run(how: str, acts: list[str]) -> None:
    found(how)
    assert acts == []


@pytest.mark.parametrize("how", WAYS)
def test_it_passes_as_json(how: str) -> None:
    resolution = found(how)
    assert Resolution.of(json.loads(json.dumps(resolution.document()))) == resolution
