"""Every request that the engine makes fails once: before it took effect, and after.

Which requests there are is found by recording a trial where all goes well. After one sweep the table, the schedules
and the attacks agree, and what the caller was told is true.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import product

import pytest

from tests.conftest import IN_SUMMARY
from tests.reliability.faults import Fault, Kind, Lasts, When
from tests.reliability.scenarios import SCENARIOS, Scenario, trial
from tests.reliability.undo_scenarios import UNDO_SCENARIOS
from tests.reliability.wired import Wired

FAILURES = [kind for kind in Kind if kind is not Kind.CRASH]
EVERY_FAULT = [
    (Kind.CRASH, Lasts.ONCE),
    *product(FAILURES, [Lasts.ONCE, Lasts.FOR_THE_CALL]),
    (Kind.CUT, Lasts.FOR_GOOD),
]
Say = Callable[[str, object], None]


def faults(wired: Wired, kind: Kind, sides: Iterable[When], lasts: Lasts) -> Iterator[tuple[Scenario, Fault]]:
    """The fault at each call of each scenario, on those sides of its effect."""
    for scenario in (*SCENARIOS, *UNDO_SCENARIOS):
        calls = trial(wired, scenario, None)
        assert len(calls) >= scenario.calls, f"{scenario} made {len(calls)} calls: fewer than it used to"
        for call in calls:
            for when in sides:
                yield scenario, Fault(call=call, when=when, kind=kind, lasts=lasts)


def try_all(
    wired: Wired, kind: Kind, sides: Iterable[When] = When, lasts: Lasts = Lasts.ONCE, *, to_the_end: bool = True
) -> int:
    """How many points were tried; fails with all those where something did not agree."""
    tried, wrong = 0, []
    for scenario, fault in faults(wired, kind, sides, lasts):
        tried += 1
        try:
            trial(wired, scenario, fault, to_the_end=to_the_end)
        except AssertionError as error:
            wrong.append(f"{scenario}: {fault}:\n    {error}")
        except Exception as error:
            error.add_note(f"{scenario}: {fault}")
            raise
    assert not wrong, f"{len(wrong)} of {tried}:\n" + "\n".join(wrong)
    return tried


def test_the_process_ends_after_every_call(wired: Wired, record_property: Say) -> None:
    """To end before a call is to end after the one before it."""
    tried = try_all(wired, Kind.CRASH, [When.AFTER], to_the_end=False)
    record_property(IN_SUMMARY, f"reliability: the process ended at {tried} points")


def test_every_call_fails_for_good(wired: Wired, record_property: Say) -> None:
    tried = try_all(wired, Kind.ERROR, [When.BEFORE], Lasts.FOR_THE_CALL, to_the_end=False)
    record_property(IN_SUMMARY, f"reliability: a request failed for good at {tried} points")


@pytest.mark.long
@pytest.mark.parametrize(("kind", "lasts"), EVERY_FAULT)
def test_every_call_meets_every_fault(kind: Kind, lasts: Lasts, wired: Wired, record_property: Say) -> None:
    tried = try_all(wired, kind, lasts=lasts)
    record_property(IN_SUMMARY, f"reliability: {kind}, {lasts}, at {tried} points")
