"""Every request that the engine makes fails once: before it took effect, and after.

Which requests there are is found by recording a trial where all goes well. After one sweep the table, the schedules
and the attacks agree, and the answer that the caller got is true.
"""

from collections.abc import Callable, Iterable, Iterator

import pytest

from tests.conftest import IN_SUMMARY
from tests.reliability.faults import Fault, Kind, Lasts, When
from tests.reliability.scenarios import SCENARIOS, Scenario, trial
from tests.reliability.undo_scenarios import UNDO_SCENARIOS
from tests.reliability.wired import Wired

BEFORE, AFTER, EITHER = [When.BEFORE], [When.AFTER], list(When)
EVERY_FAULT = [
    (Kind.CRASH, Lasts.ONCE, AFTER),  # to end before a call is to end after the one before it
    (Kind.THROTTLE, Lasts.ONCE, BEFORE),  # what is throttled takes no effect
    (Kind.THROTTLE, Lasts.FOR_THE_CALL, BEFORE),
    (Kind.ERROR, Lasts.ONCE, EITHER),
    (Kind.ERROR, Lasts.FOR_THE_CALL, EITHER),
    (Kind.TIMEOUT, Lasts.FOR_THE_CALL, EITHER),
    (Kind.CUT, Lasts.ONCE, EITHER),
    (Kind.CUT, Lasts.FOR_GOOD, EITHER),
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
    tried = try_all(wired, Kind.CRASH, AFTER, to_the_end=False)
    record_property(IN_SUMMARY, f"reliability: the process ended at {tried} points")


@pytest.mark.long
def test_every_call_fails_for_good(wired: Wired, record_property: Say) -> None:
    tried = try_all(wired, Kind.ERROR, BEFORE, Lasts.FOR_THE_CALL, to_the_end=False)
    record_property(IN_SUMMARY, f"reliability: a request failed for good at {tried} points")


@pytest.mark.long
@pytest.mark.parametrize("lasts", [Lasts.ONCE, Lasts.FOR_GOOD])
def test_every_call_is_refused_by_a_policy(lasts: Lasts, wired: Wired, record_property: Say) -> None:
    """From one request on a permission is missing: once, as for one kind of request, or for all that follow."""
    tried = try_all(wired, Kind.DENIED, BEFORE, lasts, to_the_end=False)
    record_property(IN_SUMMARY, f"reliability: a request was refused at {tried} points, {lasts}")


@pytest.mark.long
@pytest.mark.parametrize("kind", [Kind.TIME, Kind.ALL_TIME])
def test_the_time_is_used_up_at_every_call(kind: Kind, wired: Wired, record_property: Say) -> None:
    tried = try_all(wired, kind, to_the_end=False)
    record_property(IN_SUMMARY, f"reliability: {kind} came at {tried} points")


@pytest.mark.long
@pytest.mark.parametrize(("kind", "lasts", "sides"), EVERY_FAULT)
def test_every_call_meets_every_fault(
    kind: Kind, lasts: Lasts, sides: list[When], wired: Wired, record_property: Say
) -> None:
    tried = try_all(wired, kind, sides, lasts)
    record_property(IN_SUMMARY, f"reliability: {kind}, {lasts}, at {tried} points")
