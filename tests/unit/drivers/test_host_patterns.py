"""Patterns of hosts, as OpenSSH reads them."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.drivers.ssh import host_patterns
from tests.growth.measure import require_linear


def as_a_regular_expression(pattern: str, name: str) -> bool:
    parts = (".*" if part == "*" else "." if part == "?" else re.escape(part) for part in pattern)
    return re.fullmatch("".join(parts), name, re.IGNORECASE | re.DOTALL) is not None


@example("a*a", "a")
@example("*?", "")
@example("a*b*?c", "aXbYc")
@given(st.text("ab?*", max_size=8), st.text("abAB.", max_size=10))
def test_a_pattern_matches_what_its_regular_expression_would(pattern: str, name: str) -> None:
    if "," not in pattern and not pattern.startswith("!"):
        assert host_patterns.matches(pattern, [name]) is as_a_regular_expression(pattern, name)


@pytest.mark.parametrize("unit", ["*a", "*", "?*", "*?", "a*?b", "a?"])
def test_many_stars_take_no_time(unit: str) -> None:
    """Eight took four seconds, and each further one many times as long."""
    require_linear(lambda size: host_patterns.matches(unit * size + "!", ["a" * 255]), lambda size: size, 8000)
    require_linear(lambda size: host_patterns.matches(unit * 8 + "!", ["a" * size]), lambda size: size, 8000)
