"""Filters that an endpoint would ignore never reach it."""

import pytest

from chalicelib.drivers.filters import require_honoured
from chalicelib.plugin import AttackFailed
from infra.stages import FILTERS_OF_MINISTACK

LOCAL = {"EC2_FILTERS": FILTERS_OF_MINISTACK}


@pytest.mark.parametrize("name", ["tag:Chaos", "tag:", "tag-key", "instance-state-name", "instance-type", "image-id"])
def test_a_filter_that_the_stage_honours_passes(name: str) -> None:
    require_honoured([name], LOCAL)


@pytest.mark.parametrize("name", ["availability-zone", "tga:Chaos", "Tag:Chaos", "xtag:Chaos", "instance-type-x", ""])
def test_a_filter_that_the_stage_would_ignore_is_refused_by_name(name: str) -> None:
    with pytest.raises(AttackFailed, match=f"does not filter by {name}, so every instance would match"):
        require_honoured(["tag:Chaos", name], LOCAL)


def test_without_the_setting_ec2_itself_is_the_judge() -> None:
    require_honoured(["availability-zone", "anything"], {})
