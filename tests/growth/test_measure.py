"""The measure of growth finds a square, and nothing else."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.growth.measure import require_linear


def judge(seconds_for: Callable[[int], float]) -> None:
    """Judge a function that takes that time for a text of that many characters."""

    def measure(function: Callable[[Any], object], text: str) -> float:
        return seconds_for(len(text))

    require_linear(len, lambda size: "a" * size, 16_000, measure)


@pytest.mark.parametrize("shortest", [0.013, 0.05, 5])
def test_a_square_is_found_where_its_time_is_long_enough_to_measure(shortest: float) -> None:
    with pytest.raises(AssertionError, match=r"twice the input takes 4\.0 times as long"):
        judge(lambda size: shortest * (size / 16_000) ** 2)


@pytest.mark.parametrize("step", [20_000, 40_000, 100_000])
def test_a_step_between_two_sizes_is_no_square(step: int) -> None:
    judge(lambda size: 0.1 * size / 16_000 * (3 if size > step else 1))


@pytest.mark.parametrize("busy", [1, 3])
def test_two_measures_disturbed_by_a_busy_machine_are_no_square(busy: int) -> None:
    calls = iter(range(1, 100))
    judge(lambda size: 0.1 * size / 16_000 * (2 if next(calls) in (busy, busy + 2) else 1))


def test_what_takes_no_time_is_not_judged() -> None:
    judge(lambda size: 1e-9 * size**2 / 16_000)
