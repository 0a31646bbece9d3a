"""Durations as people write them."""

from datetime import timedelta

import pytest
from jsonschema import Draft202012Validator

from chalicelib.domain.durations import duration, duration_schema


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("45s", timedelta(seconds=45)),
        ("90m", timedelta(minutes=90)),
        ("4h", timedelta(hours=4)),
        ("3d", timedelta(days=3)),
        ("2w", timedelta(weeks=2)),
        ("99999w", timedelta(weeks=99_999)),
    ],
)
def test_a_number_and_a_unit_are_a_duration(text: str, meant: timedelta) -> None:
    assert Draft202012Validator(duration_schema("s m h d w", "so long")).is_valid(text)
    assert duration(text) == meant


@pytest.mark.parametrize("text", ["", "m", "0m", "-5m", "5", "5 m", "1.5h", "5M", "5mm", "100000m", "5m\n", "٥m", "5d"])
def test_anything_else_is_refused(text: str) -> None:
    assert not Draft202012Validator(duration_schema("s m h wd", "so long")).is_valid(text)
