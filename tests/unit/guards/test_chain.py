"""Every guard by a table: when it passes an attack, blocks it, or cannot be evaluated; and their order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytz
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.memory.alarms import MemoryAlarms
from chalicelib.domain.engine_state import Control, Freeze
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.unavailable import Unavailable
from chalicelib.guards.blocked import Blocked
from chalicelib.guards.chain import WHEN_DUE, WHEN_RESOLVED, blocked_when_due, blocked_when_resolved
from chalicelib.guards.context import DueContext, TargetContext
from chalicelib.guards.spec import GUARDS, PlanGuards, plan_guards
from chalicelib.planning.validation import check

MADRID = pytz.timezone("Europe/Madrid")
NOW = datetime(2027, 3, 1, 9, 30, tzinfo=UTC)  # a Monday, 10:30 in Madrid, 18:30 in Tokyo
HALTED = Control(halted=True, reason="smoke", by="anna")
SALE = Freeze(id="f", name="sale", start=NOW, end=NOW + timedelta(hours=1), reason="Black Friday")
UNSAID = "the attack does not say how many machines it takes: guards fail closed, so nothing is attacked"
ALARMS = {"fine": "OK", "loud": "ALARM", "mute": "INSUFFICIENT_DATA"}


class SilentAlarms(MemoryAlarms):
    def states(self, names: Any) -> Any:
        raise Unavailable("reading the alarms")


def moment(guards: dict[str, Any] | None = None, **changed: Any) -> DueContext:
    alarms = MemoryAlarms()
    alarms.raised.update(ALARMS)
    if guards is not None:
        check(guards, GUARDS)
    plain = DueContext(
        now=NOW, zone=MADRID, control=Control(), guards=plan_guards(guards, MADRID), roll=0.5, alarms=alarms
    )
    return replace(plain, **changed)


def window(days: str, start: str, end: str, **zone: str) -> dict[str, Any]:
    return {"windows": [{"days": days.split(), "from": start, "to": end, **zone}]}


@pytest.mark.parametrize(
    "allowed",
    [
        moment(),
        moment({}),
        moment(control=Control(freezes=(replace(SALE, end=NOW),))),
        moment(control=Control(freezes=(replace(SALE, start=NOW + timedelta(seconds=1)),))),
        moment({"not_on": ["2027-02-28", "2027-03-02"]}),
        moment({"not_on": ["2027-03-02"]}, now=datetime(2027, 3, 1, 22, 59, tzinfo=UTC)),
        moment(window("mon", "10:30", "10:31")),
        moment(window("mon tue", "00:00", "24:00")),
        moment(window("mon", "18:30", "19:00", timezone="Asia/Tokyo")),
        moment({"windows": [*window("sun", "10:00", "11:00")["windows"], *window("mon", "10:00", "11:00")["windows"]]}),
        moment({"probability": 1}, roll=0.999999),
        moment({"probability": 0.51}),
        moment({"alarms": ["fine"]}),
    ],
)
def test_nothing_holds_it_back(allowed: DueContext) -> None:
    assert blocked_when_due(allowed) is None


NIGHT = window("sun", "02:00", "03:00")


@pytest.mark.parametrize(
    ("guards", "day", "open_at"),
    [
        # At 01:00 UTC of 2027-03-28 it is no longer 01:59 but 03:00 in Madrid: two o'clock never comes.
        (NIGHT, (2027, 3, 28), []),
        (window("sun", "01:30", "03:30"), (2027, 3, 28), ["00:30", "00:59", "01:00", "01:29"]),
        (window("sun", "03:00", "04:00"), (2027, 3, 28), ["01:00", "01:29", "01:30", "01:59"]),
        # At 01:00 UTC of 2027-10-31 it is 02:00 there for the second time: the hour is open twice.
        (NIGHT, (2027, 10, 31), ["00:00", "00:30", "00:59", "01:00", "01:29", "01:30", "01:59"]),
        (window("sun", "01:30", "02:30"), (2027, 10, 31), ["23:30", "00:00", "01:00", "01:29"]),
        (window("sun", "02:00", "03:00", timezone="UTC"), (2027, 10, 31), ["02:00", "02:30"]),
    ],
)
def test_a_window_is_of_local_hours_also_when_clocks_change(guards: Any, day: Any, open_at: list[str]) -> None:
    midnight = datetime(*day, tzinfo=UTC)
    minutes = (-30, 0, 30, 59, 60, 89, 90, 119, 120, 150)
    instants = [midnight + timedelta(minutes=minute) for minute in minutes]
    found = [f"{instant:%H:%M}" for instant in instants if blocked_when_due(moment(guards, now=instant)) is None]
    assert found == open_at


@pytest.mark.parametrize(
    ("held", "guard", "reason"),
    [
        (moment(control=HALTED), "Halted", "the engine is halted by anna: smoke"),
        (
            moment(control=Control(freezes=(SALE,))),
            *("Frozen", "the freeze 'sale' holds until 2027-03-01T11:30:00+01:00: Black Friday"),
        ),
        (moment({"not_on": ["2027-03-01"]}), "ExcludedDay", "the plan does not attack on 2027-03-01"),
        (
            moment({"not_on": ["2027-03-02"]}, now=datetime(2027, 3, 1, 23, 0, tzinfo=UTC)),
            *("ExcludedDay", "the plan does not attack on 2027-03-02"),
        ),
        (
            moment(window("mon", "10:31", "24:00")),
            *("OutsideWindows", "none of the plan's windows is open at mon 10:30 (Europe/Madrid)"),
        ),
        (moment(window("mon", "09:00", "10:30")), "OutsideWindows", "none of the plan's windows is open at"),
        (moment(window("tue", "00:00", "24:00")), "OutsideWindows", "none of the plan's windows is open at"),
        (
            moment(window("mon", "10:00", "11:00", timezone="Asia/Tokyo")),
            *("OutsideWindows", "none of the plan's windows is open at mon 18:30 (Asia/Tokyo)"),
        ),
        (
            moment({"probability": 0.5}),
            *("Probability", "the roll was 0.5000, which is not below the plan's probability of 0.5"),
        ),
        (moment({"probability": 0}, roll=0.0), "Probability", "the plan's probability is 0"),
        (moment({"alarms": ["fine", "loud"]}), "Alarm", "the alarm 'loud' is in ALARM"),
        (
            moment({"alarms": ["mute"]}),
            *(
                "Alarm",
                "the state of the alarm 'mute' is INSUFFICIENT_DATA: guards fail closed, so nothing is attacked",
            ),
        ),
        (
            moment({"alarms": ["fine", "nobody"]}),
            *("Alarm", "there is no alarm 'nobody': guards fail closed, so nothing is attacked"),
        ),
        (
            moment({"alarms": ["fine"]}, alarms=SilentAlarms()),
            *("Alarm", "the state of the alarms cannot be read: reading the alarms did not succeed just now"),
        ),
    ],
)
def test_one_guard_holds_it_back_and_says_why(held: DueContext, guard: str, reason: str) -> None:
    found = blocked_when_due(held)
    assert found is not None and found.guard == guard and found.reason.startswith(reason)


@pytest.mark.parametrize(
    ("guards", "candidates", "takes", "held"),
    [
        ({}, 0, 5, None),
        ({}, None, 5, None),
        ({"max_targets": 2}, 9, 2, None),
        ({"max_targets": 2}, 9, None, Blocked("MaxTargets", UNSAID)),
        ({"min_healthy": 1}, 9, None, Blocked("MinHealthy", UNSAID)),
        ({}, 9, None, None),
        ({"max_targets": 2}, None, 3, Blocked("MaxTargets", "the attack takes 3 targets, and the plan allows 2")),
        ({"min_healthy": 2}, 3, 1, None),
        ({"min_healthy": 0}, 1, 1, None),
        ({"min_healthy": "0%"}, 1, 1, None),
        (
            {"min_healthy": 3},
            *(3, 1),
            Blocked("MinHealthy", "of 3 candidates 2 would be left, and 3 must stay healthy"),
        ),
        ({"min_healthy": "50%"}, 2, 1, None),
        (
            {"min_healthy": "50%"},
            *(3, 2),
            Blocked("MinHealthy", "of 3 candidates 1 would be left, and 2 must stay healthy"),
        ),
        (
            {"min_healthy": "100%"},
            9,
            1,
            Blocked("MinHealthy", "of 9 candidates 8 would be left, and 9 must stay healthy"),
        ),
        ({"min_healthy": 1}, 2, 9, Blocked("MinHealthy", "of 2 candidates 0 would be left, and 1 must stay healthy")),
        (
            {"min_healthy": 1},
            *(None, 1),
            Blocked(
                "MinHealthy",
                "the attack does not say what it may choose from, so how many stay healthy is not known: "
                "guards fail closed, so nothing is attacked",
            ),
        ),
    ],
)
def test_what_is_aimed_at_is_judged_by_what_would_be_left(
    guards: dict[str, Any], candidates: int | None, takes: int | None, held: Blocked | None
) -> None:
    check(guards, GUARDS)
    aim = TargetContext(candidates=candidates, running=candidates or 0, takes=takes, guards=plan_guards(guards, MADRID))
    assert blocked_when_resolved(aim) == held


@pytest.mark.parametrize(
    ("healthy", "running", "left"),
    [(2, 3, None), (2, 2, 1), ("50%", 3, None), ("50%", 2, 1), (1, 1, 0), (1, 0, 0), (0, 0, None)],
)
def test_what_does_not_run_is_not_healthy(healthy: Any, running: int, left: int | None) -> None:
    """Of four candidates that an attack may choose one of, so many run."""
    aim = TargetContext(candidates=4, running=running, takes=1, guards=plan_guards({"min_healthy": healthy}, MADRID))
    held = blocked_when_resolved(aim)
    assert (held and held.guard) == (None if left is None else "MinHealthy")
    if held:
        assert f"of 4 candidates, of which {running} run, {left} would be left" in held.reason


def test_of_several_the_first_in_the_order_is_the_reason() -> None:
    everything = moment(
        {"not_on": ["2027-03-01"], **window("sun", "00:00", "24:00"), "probability": 0, "alarms": ["loud"]},
        control=replace(HALTED, freezes=(SALE,)),
    )
    found = []
    for relieved in (
        {},
        {"control": Control(freezes=(SALE,))},
        {"control": Control()},
        {"guards": replace(everything.guards, not_on=frozenset())},
        {"guards": replace(everything.guards, not_on=frozenset(), windows=())},
        {"guards": PlanGuards(alarms=("loud",))},
    ):
        everything = replace(everything, **relieved)  # type: ignore[arg-type]
        held = blocked_when_due(everything)
        assert held is not None
        found.append(held.guard)
    assert found == [name for name, _ in WHEN_DUE]
    aim = TargetContext(candidates=1, running=1, takes=2, guards=PlanGuards(max_targets=1, min_healthy=1))
    assert [name for name, _ in WHEN_RESOLVED] == ["MaxTargets", "MinHealthy"]
    assert blocked_when_resolved(aim) == Blocked("MaxTargets", "the attack takes 2 targets, and the plan allows 1")


@pytest.mark.parametrize(
    "document",
    [
        *({"probabilty": 1}, {"probability": 1.1}, {"probability": -0.1}, {"probability": "1"}, {"probability": True}),
        *({"min_healthy": -1}, {"min_healthy": "101%"}, {"min_healthy": "5"}, {"min_healthy": 1.5}, {"max_targets": 0}),
        *({"alarms": []}, {"alarms": "a"}, {"alarms": [""]}, {"windows": []}, {"not_on": []}, {"not_on": ["24 Dec"]}),
        *(window("monday", "00:00", "24:00"), window("mon", "24:00", "24:00"), window("mon", "0:00", "1:00")),
        {"windows": [{"days": [], "from": "00:00", "to": "24:00"}]},
        {"windows": [{"days": ["mon"], "from": "00:00"}]},
    ],
)
def test_guards_that_are_not_understood_are_refused(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        check(document, GUARDS)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"not_on": ["2027-02-30"]}, "there is no 2027-02-30: give a date from 1970 to 8999, such as 2027-12-24"),
        (window("mon", "10:00", "10:00"), "the window from 10:00 to 10:00 is empty: give two different hours"),
        ({"not_on": ["0001-01-01"]}, "there is no 0001-01-01: give a date from 1970 to 8999"),
        ({"not_on": ["9999-12-31"]}, "there is no 9999-12-31: give a date from 1970 to 8999"),
        (window("mon", "00:00", "24:00", timezone="Mars"), "there is no such time zone: give a name of the IANA list"),
    ],
)
def test_guards_that_make_no_sense_are_refused_with_a_sentence(document: dict[str, Any], message: str) -> None:
    check(document, GUARDS)
    with pytest.raises(InvalidRequest, match=message):
        plan_guards(document, MADRID)


@given(st.floats(0, 1), st.floats(0, 1, exclude_max=True))
def test_a_probability_lets_through_exactly_the_rolls_below_it(probability: float, roll: float) -> None:
    assert (blocked_when_due(moment({"probability": probability}, roll=roll)) is None) is (roll < probability)


@given(st.integers(0, 200), st.integers(1, 10), st.integers(0, 100))
def test_a_percentage_is_never_undercut(candidates: int, takes: int, percent: int) -> None:
    guards = plan_guards({"min_healthy": f"{percent}%"}, MADRID)
    aim = TargetContext(candidates=candidates, running=candidates, takes=takes, guards=guards)
    left = max(candidates - takes, 0)
    assert (blocked_when_resolved(aim) is None) is (left * 100 >= candidates * percent)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1)), st.sampled_from(["Europe/Madrid", "Asia/Tokyo"]))
def test_windows_round_the_clock_on_every_day_are_always_open(instant: datetime, zone: str) -> None:
    always = window("mon tue wed thu fri sat sun", "00:00", "24:00", timezone=zone)
    assert blocked_when_due(moment(always, now=instant.replace(tzinfo=UTC))) is None
