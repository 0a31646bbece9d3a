"""What the answer says of a plan when it is posted, and what a dry run shows of it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.memory.publisher import MemoryPublisher
from chalicelib.adapters.memory.resolver import MemoryResolver
from chalicelib.domain.engine_state import Limit
from chalicelib.domain.errors import InvalidRequest, PlansRefused
from chalicelib.domain.model import Config
from chalicelib.domain.targets import CANNOT_SAY, Resolution
from chalicelib.domain.unavailable import Unavailable
from chalicelib.planning.preview import NOT_LOOKED_UP, DryRun
from tests.support.disturbed_adapters import MeddledSchedules, MeddledStore, fail
from tests.support.world import ATTACKS, NOTE, NOW, HandClock, World, later, odd_document, plan_document, world
from tests.unit.samples.attacks.herd import Herd
from tests.unit.samples.attacks.seeker import Seeker

HERD = {"ref": "herd:Herd", "args": {"size": 3}}
SUNDAYS = {"windows": [{"days": ["sun"], "from": "00:00", "to": "24:00"}]}
HALT = {"halted": True, "reason": "smoke"}
SALE = {"name": "sale", "start": later(), "end": later(hours=3), "reason": "Black Friday"}


@pytest.fixture(autouse=True)
def _nothing_is_attacked() -> Iterator[None]:
    Herd.hits.clear()
    Seeker.acts.clear()
    yield
    assert Herd.hits == [] and Seeker.acts == []


def document(*dates: str, guards: Any = None, attack: Any = None, **given: Any) -> dict[str, Any]:
    asked = plan_document(*(dates or [later(hours=1)]), attack=attack or HERD)
    return {**asked, **given, **({} if guards is None else {"guards": guards})}


def refusal(some: World, posted: Any) -> str:
    """What both a request and its dry run are refused with."""
    said = []
    for ask in (some.creation.create, some.creation.dry_run):
        with pytest.raises(InvalidRequest) as caught:
            ask(posted)
        said.append(str(caught.value))
    assert said[0] == said[1] and some.is_empty
    return said[0]


def warned(some: World, posted: Any) -> list[str]:
    """What both a request and its dry run warn of."""
    dry = some.creation.dry_run(posted).plan.warnings
    assert some.creation.create(posted).warnings == dry
    return list(dry)


def held(run: DryRun) -> list[str | None]:
    return [each and each.guard for each in run.blocked]


def test_a_plan_that_nothing_speaks_against_is_warned_of_nothing() -> None:
    guards = {"probability": 0.5, "min_healthy": 2, "max_targets": 1, "not_on": ["2027-03-02"]}
    assert warned(world(), document(guards=guards)) == []


class TestWhatCouldNeverBe:
    def test_a_plan_all_of_which_is_frozen_is_refused_with_the_first_possible_date(self) -> None:
        some = world()
        some.engine_state.freeze(SALE, "anna")
        assert refusal(some, document(later(hours=1), later(hours=2))) == (
            "none of the 2 attacks, the first of them at 2027-03-01T11:00:00+01:00, could be made: the freeze 'sale'"
            " holds until 2027-03-01T13:00:00+01:00: Black Friday; the first possible date is 2027-03-01T13:00:00+01:00"
        )

    @pytest.mark.parametrize(
        ("guards", "why", "first"),
        [
            ({"not_on": ["2027-03-01"]}, "does not attack on 2027-03-01", "2027-03-02T00:00:00+01:00"),
            (SUNDAYS, "none of the plan's windows is open", "2027-03-07T00:00:00+01:00"),
        ],
    )
    def test_so_is_one_whose_own_guards_exclude_its_dates(self, guards: Any, why: str, first: str) -> None:
        said = refusal(world(), document(guards=guards))
        assert said.startswith("the attack at 2027-03-01T11:00:00+01:00 could not be made: ") and why in said
        assert said.endswith(f"the first possible date is {first}")

    def test_each_of_its_attacks_may_have_another_reason(self) -> None:
        some = world()
        some.engine_state.freeze(SALE, "anna")
        asked = document(later(hours=1), later(days=1), guards={"not_on": ["2027-03-02"]})
        assert "the first possible date is 2027-03-01T13:00:00+01:00" in refusal(some, asked)

    def test_there_may_be_no_possible_date(self) -> None:
        some = world()
        some.engine_state.freeze({**SALE, "end": "8999-12-31T23:59:59Z"}, "anna")
        asked = document(guards={"windows": [{"days": ["mon"], "from": "10:00", "to": "11:00"}]})
        assert refusal(some, asked).endswith("there is no possible date")

    def test_an_alarm_that_there_is_not_is_refused(self) -> None:
        assert "CloudWatch has no such alarm: give the name of one" in refusal(
            world(), document(guards={"alarms": ["lout"]})
        )

    @pytest.mark.parametrize("healthy", [0, 1, "50%"])
    def test_min_healthy_is_refused_of_an_attack_that_cannot_say_its_candidates(self, healthy: Any) -> None:
        said = refusal(world(), document(guards={"min_healthy": healthy}, attack=NOTE))
        assert "note:Note does not define resolve" in said and "leave min_healthy out" in said

    def test_more_targets_than_the_plan_allows_are_refused(self) -> None:
        attack = {"ref": "herd:Herd", "args": {"size": 3, "takes": 2}}
        said = refusal(world(), document(guards={"max_targets": 1}, attack=attack))
        assert "herd:Herd takes 2 targets, and the plan allows 1: give max_targets as 2 or more" in said
        assert warned(world(), document(guards={"max_targets": 2}, attack=attack)) == []

    @pytest.mark.parametrize(
        "guards", [{"max_targets": 9}, {"max_targets": 9, "min_healthy": 1}, {"min_healthy": "1%"}]
    )
    def test_an_attack_that_does_not_say_how_many_it_takes_is_refused(self, guards: Any) -> None:
        attack = {"ref": "crowd:Crowd", "args": {}}
        guard = next(iter(guards))
        said = refusal(world(), document(guards=guards, attack=attack))
        assert f"crowd:Crowd does not say how many machines it takes, so {guard} could never be evaluated" in said
        assert warned(world(), document(attack=attack)) == []

    def test_an_attack_that_a_planner_made_up_is_held_against_the_guards_too(self) -> None:
        own = {"ref": "herd:Herd", "args": {"size": 3, "takes": 2}}
        asked = {
            "name": "odd",
            "attack": HERD,
            "planner": {"ref": "odd:Odd", "args": {"how": "both attacks", "attack": own}},
            "guards": {"max_targets": 1},
        }
        assert "takes 2 targets" in refusal(world(), asked)

    def test_the_fault_says_which_guard_it_is(self) -> None:
        with pytest.raises(InvalidRequest) as caught:
            world().creation.create(document(guards={"alarms": ["lout"]}))
        assert [fault.path for fault in caught.value.faults] == ["$.guards.alarms[0]"]


class TestWhatMayBeSkipped:
    def test_some_of_its_dates(self) -> None:
        asked = document(later(hours=1), later(days=6), later(days=7), guards=SUNDAYS)
        assert warned(world(), asked) == [
            "2 of 3 attacks will be skipped, the first at 2027-03-01T11:00:00+01:00: none of the plan's windows is open"
            " at mon 11:00 (Europe/Madrid)"
        ]

    def test_all_of_them_by_a_probability_of_0(self) -> None:
        assert warned(world(), document(guards={"probability": 0})) == ["the plan's probability is 0: it never attacks"]

    @pytest.mark.parametrize("state", ["ALARM", "INSUFFICIENT_DATA"])
    def test_what_falls_due_while_an_alarm_is_not_ok(self, state: str) -> None:
        some = world()
        some.alarms.raised |= {"loud": state, "fine": "OK"}
        [said] = warned(some, document(guards={"alarms": ["fine", "loud"]}))
        assert said == f"the alarm 'loud' is in {state} now: attacks that fall due until it is OK are skipped"

    def test_what_falls_due_while_alarms_cannot_be_read(self) -> None:
        some = world()
        some.alarms.broken = True
        [said] = warned(some, document(guards={"alarms": ["fine"]}))
        assert "the state of the plan's alarms cannot be read now" in said

    def test_everything_in_a_leashed_stage_but_what_asks_for_a_dry_run(self) -> None:
        [said] = warned(world(leashed=True), document())
        assert "the stage test is leashed" in said and "LEASHED=false" in said
        assert warned(world(leashed=True), document(mode="dry_run")) == []

    def test_what_falls_due_while_the_engine_is_halted(self) -> None:
        some = world()
        some.engine_state.pull(HALT, "anna")
        assert warned(some, document()) == [
            "the engine is halted by anna (smoke): attacks that fall due meanwhile are skipped"
        ]
        some.engine_state.pull({"halted": False}, "anna")
        assert warned(some, document()) == []

    def test_warnings_are_reported_and_not_kept(self) -> None:
        some = world(leashed=True)
        made = some.creation.create(document())
        assert made.warnings and some.plans.get(made.id)[0].warnings == ()


class TestWhatTheLimitsAllow:
    """The dates of a plan against the caps of its stage, a day being one of the engine's zone."""

    THREE = tuple(later(minutes=minutes) for minutes in (60, 90, 120))

    def preview_of(self, *dates: str, guards: Any = None, attack: Any = None, **settings: Any) -> tuple[list[str], Any]:
        some = world(**settings)
        asked = document(*dates, guards=guards, attack=attack)
        return warned(some, asked), [
            each and (each.guard, each.reason) for each in some.creation.dry_run(asked).blocked
        ]

    def test_attacks_above_the_cap_of_a_day(self) -> None:
        said, held = self.preview_of(*self.THREE, later(days=1), limits=(Limit(per_day=1),))
        reason = "1 of 1 attacks a day were made already (all attacks)"
        assert held == [None, ("Limits", reason), ("Limits", reason), None]
        assert said == [
            "2 of 4 attacks would be blocked by the limits of the stage, the first at 2027-03-01T11:30:00+01:00:"
            f" {reason}"
        ]

    def test_the_day_is_the_engines(self) -> None:
        """Madrid's midnight is at 23:00 UTC."""
        across = (later(hours=13, minutes=59), later(hours=14))
        assert self.preview_of(*across, limits=(Limit(per_day=1),)) == ([], [None, None])

    def test_attacks_closer_than_the_gap(self) -> None:
        said, held = self.preview_of(*self.THREE, limits=(Limit(gap=timedelta(minutes=40)),))
        reason = "the last attack began 1800 seconds before, and 40 minutes are to lie between two (all attacks)"
        assert held == [None, ("Limits", reason), None]
        assert len(said) == 1 and said[0].startswith("1 of 3 attacks would be blocked")

    @pytest.mark.parametrize("ref", ["herd:Herd", "herd.Herd"])
    def test_those_of_their_own_kind_alone_whichever_way_it_is_spelt(self, ref: str) -> None:
        limits = (Limit(ref=ref, per_day=2),)
        assert [each and each[0] for each in self.preview_of(*self.THREE, limits=limits)[1]] == [None, None, "Limits"]
        assert self.preview_of(*self.THREE, attack=NOTE, limits=limits) == ([], [None] * 3)

    def test_what_another_guard_holds_back_counts_for_nothing(self) -> None:
        guards = {"windows": [{"days": ["mon"], "from": "11:10", "to": "12:10"}]}
        said, held = self.preview_of(*self.THREE, guards=guards, limits=(Limit(per_day=2),))
        assert [each and each[0] for each in held] == ["OutsideWindows", None, None]
        assert len(said) == 1 and "none of the plan's windows is open" in said[0]

    def test_nor_does_what_is_leashed(self) -> None:
        said, held = self.preview_of(*self.THREE, limits=(Limit(per_day=1),), leashed=True)
        assert [each[0] for each in held] == ["Leashed"] * 3 and len(said) == 1

    def test_an_undo_is_not_limited(self) -> None:
        valve = {"ref": "valve:Valve", "args": {"duration": 600}}
        assert self.preview_of(attack=valve, limits=(Limit(per_day=1),)) == ([], [None, None])


class TestAnEngineThatTakesNoPlans:
    def test_it_makes_none_and_says_who_said_so(self) -> None:
        some = world()
        some.engine_state.pull({**HALT, "refuse_plans": True}, "anna")
        with pytest.raises(PlansRefused, match=r"halted by anna \(smoke\)"):
            some.creation.create(document())
        assert some.is_empty

    def test_it_shows_what_one_would_be(self) -> None:
        some = world()
        some.engine_state.pull({**HALT, "refuse_plans": True}, "anna")
        run = some.creation.dry_run(document())
        assert "takes no plans while it is halted by anna" in run.plan.warnings[0] and held(run) == ["Halted"]


def test_where_the_engines_state_cannot_be_read_no_plan_is_made_and_nothing_has_to_be_undone() -> None:
    clock = HandClock()
    store = MeddledStore(clock)
    some = world(clock=clock, store=store)
    store.before["control"].append(fail)
    store.before["erase"].append(lambda: pytest.fail("there is nothing to undo"))
    with pytest.raises(Unavailable):
        some.creation.create(document())
    assert some.is_empty


class Unreachable(MemoryResolver):
    def __init__(self) -> None:
        super().__init__(ATTACKS)

    def resolve(self, attack: Config) -> Resolution:
        raise Unavailable("resolving the targets")


class Watched(MemoryResolver):
    """Notes how much the engine had published when it was asked, when it was to answer, and when it was let go."""

    def __init__(self) -> None:
        super().__init__(ATTACKS)
        self.publisher, self.notes = MemoryPublisher(), {}  # type: ignore[var-annotated]

    @contextmanager
    def resolving(self, attack: Config) -> Iterator[Callable[[], Resolution]]:
        def answer() -> Resolution:
            self.notes["answers"] = len(self.publisher.published)
            return self.resolve(attack)

        self.notes["asked"] = len(self.publisher.published)
        try:
            yield answer
        finally:
            self.notes["left"] = len(self.publisher.published)


class TestWhatMatchesNow:
    """Said of a plan that is posted as of a dry run; it refuses neither."""

    @pytest.mark.parametrize(
        ("how", "warning"),
        [
            ("nothing", "nothing matches now: an attack would fail"),
            ("nothing there", "nothing matches now in us-east-9: an attack would fail"),
            ("spared", "every machine that matches now is protected (1): an attack would be skipped"),
            ("fail", "its current targets are unknown: EC2 refused"),
        ],
    )
    def test_nothing_or_only_what_is_protected_or_unknown(self, how: str, warning: str) -> None:
        assert warned(world(), document(attack={"ref": "seeker:Seeker", "args": {"how": how}})) == [warning]

    def test_what_the_attack_says_of_its_filters_is_among_the_warnings(self) -> None:
        warnings = warned(world(), document(attack={"ref": "seeker:Seeker", "args": {"how": "warns"}}))
        assert set(warnings) == {"no candidate bears the tag Tier"}

    @pytest.mark.parametrize("attack", [NOTE, {"ref": "seeker:Seeker", "args": {"how": "cannot say"}}])
    def test_an_attack_that_cannot_say_is_warned_of_nothing(self, attack: Any) -> None:
        assert warned(world(), document(attack=attack)) == []

    def test_fewer_than_have_to_stay_healthy(self) -> None:
        assert warned(world(), document(guards={"min_healthy": 3})) == [
            "with the current matches an attack would be skipped: of 3 candidates 2 would be left,"
            " and 3 must stay healthy"
        ]

    def test_what_no_attack_of_the_plan_goes_by_is_not_looked_up(self) -> None:
        own = {"ref": "herd:Herd", "args": {"size": 1}}
        both, alone = (
            {**odd_document(how, attack=own), "attack": HERD, "guards": {"min_healthy": 3}}
            for how in ("both attacks", "own attack")
        )
        assert len(warned(world(), both)) == 1
        assert warned(world(), alone) == []
        assert world(resolver=Unreachable()).creation.create(alone).warnings == ()

    def test_a_plan_is_made_though_the_resolver_cannot_be_reached_and_says_so(self) -> None:
        made = world(resolver=Unreachable()).creation.create(document())
        assert made.warnings == (NOT_LOOKED_UP,) and "?dry_run=true" in NOT_LOOKED_UP

    def test_it_is_looked_up_while_the_plan_is_made(self) -> None:
        resolver = Watched()
        world(resolver=resolver, publisher=resolver.publisher).creation.create(document())
        assert resolver.notes == {"asked": 0, "answers": 1, "left": 1}

    def test_where_the_plan_cannot_be_made_it_is_let_go(self) -> None:
        resolver, schedules = Watched(), MeddledSchedules()
        schedules.before["put_all"].append(fail)
        some = world(resolver=resolver, publisher=resolver.publisher, schedules=schedules)
        with pytest.raises(Unavailable):
            some.creation.create(document())
        assert resolver.notes == {"asked": 0, "left": 0}

    def test_for_a_plan_that_is_refused_nothing_is_looked_up(self) -> None:
        resolver = Watched()
        some = world(resolver=resolver)
        some.engine_state.pull({**HALT, "refuse_plans": True}, "anna")
        with pytest.raises(PlansRefused):
            some.creation.create(document())
        assert resolver.notes == {}


class TestADryRun:
    def test_it_names_the_targets_and_changes_nothing(self) -> None:
        some = world()
        run = some.creation.dry_run(document())
        assert [target.id for target in run.targets.named] == ["node-0", "node-1", "node-2"]
        assert held(run) == [None] and run.plan.warnings == ()
        assert some.is_empty and some.publisher.published == []

    @pytest.mark.parametrize(
        ("guards", "guard"),
        [
            ({"probability": 0}, "Probability"),
            ({"probability": 0.001}, None),
            ({"alarms": ["loud"]}, "Alarm"),
            ({"min_healthy": 3}, "MinHealthy"),
            ({"min_healthy": 2}, None),
            ({"min_healthy": "67%"}, "MinHealthy"),
            ({**SUNDAYS, "min_healthy": 3}, "OutsideWindows"),
        ],
    )
    def test_it_says_which_guard_would_hold_each_executor_back(self, guards: Any, guard: str | None) -> None:
        some = world()
        some.alarms.raised["loud"] = "ALARM"
        run = some.creation.dry_run(document(later(hours=1), later(days=6), guards=guards))
        assert held(run)[0] == guard

    def test_the_dates_of_its_executors_count_and_not_the_day_it_is(self) -> None:
        run = world().creation.dry_run(document(later(hours=1), later(days=6), guards=SUNDAYS))
        assert held(run) == ["OutsideWindows", None]

    def test_the_guards_are_asked_before_the_leash(self) -> None:
        some = world(leashed=True)
        assert held(some.creation.dry_run(document())) == ["Leashed"]
        assert held(some.creation.dry_run(document(mode="dry_run"))) == ["DryRun"]
        assert held(some.creation.dry_run(document(guards={"min_healthy": 3}))) == ["MinHealthy"]

    @pytest.mark.parametrize(("how", "failed"), [("fail", True), ("raise", True), ("cannot say", False)])
    def test_it_says_why_the_targets_are_not_known_and_tells_the_rest(self, how: str, failed: bool) -> None:
        attack = {"ref": "seeker:Seeker", "args": {"how": how}}
        run = world(leashed=True).creation.dry_run(document(attack=attack))
        assert run.targets.unknown and run.targets.failed is failed and held(run) == ["Leashed"]

    def test_it_tells_the_rest_where_the_resolver_cannot_be_reached(self) -> None:
        run = world(resolver=Unreachable()).creation.dry_run(document())
        assert run.targets.failed and "try again in 5 seconds" in str(run.targets.unknown)

    def test_an_attack_that_cannot_say_is_not_asked(self) -> None:
        run = world(resolver=Unreachable()).creation.dry_run(document(attack=NOTE))
        assert (run.targets.unknown, run.targets.failed) == (CANNOT_SAY, False)

    def test_nothing_holds_an_undo_back_and_nothing_is_warned_of_its_date(self) -> None:
        valve = {"ref": "valve:Valve", "args": {"duration": 7 * 86_400}}
        some = world()
        asked = document(guards={"not_on": ["2027-03-08"]}, attack=valve)
        run = some.creation.dry_run(asked)
        assert [bool(each.undoes) for each in run.executors] == [False, True]
        assert held(run) == [None, None] and run.plan.warnings == ()
        some.engine_state.pull(HALT, "anna")
        assert held(some.creation.dry_run(asked)) == ["Halted", None]

    def test_of_an_executor_with_an_attack_of_its_own_no_targets_are_reported(self) -> None:
        own = {"ref": "herd:Herd", "args": {"size": 1}}
        asked = {
            "name": "odd",
            "attack": {"ref": "herd:Herd", "args": {"size": 3}},
            "planner": {"ref": "odd:Odd", "args": {"how": "both attacks", "attack": own}},
            "guards": {"min_healthy": 3},
        }
        assert sorted(map(str, held(world().creation.dry_run(asked)))) == ["MinHealthy", "None"]


class TestADateThatAnExecutorIsGiven:
    """By a move, or by being run now: it is judged as that of a new plan is."""

    NOON = {"windows": [{"days": ["mon"], "from": "11:30", "to": "12:30"}]}
    """In Madrid, where the clock of a new world shows Monday, 10:00."""

    def moved(self, some: World, date: str, **given: Any) -> Any:
        [executor] = some.plans.get(some.creation.create(document(later(hours=2), **given)).id)[1]
        return some.executors.move(executor.id, {"type": "date", "args": {"date": date}})

    @pytest.mark.parametrize(
        ("guards", "date", "reason", "possible"),
        [
            ({"not_on": ["2027-03-02"]}, later(days=1), "does not attack on 2027-03-02", "2027-03-03T00:00:00+01:00"),
            (NOON, later(hours=4), "windows is open at mon 14:00", "2027-03-08T11:30:00+01:00"),
        ],
    )
    def test_a_move_to_a_date_that_the_plan_excludes_is_refused_with_the_first_possible(
        self, guards: Any, date: str, reason: str, possible: str
    ) -> None:
        some = world()
        with pytest.raises(InvalidRequest, match=f"{reason}.*the first possible date is {re.escape(possible)}"):
            self.moved(some, date, guards=guards)
        assert [*some.schedules.dues.values()] == [NOW + timedelta(hours=2)]

    def test_a_move_into_a_freeze_is_refused(self) -> None:
        some = world()
        some.engine_state.freeze({"name": "sale", "start": later(days=1), "end": later(days=2), "reason": "x"}, "anna")
        with pytest.raises(InvalidRequest, match="the freeze 'sale' holds"):
            self.moved(some, later(days=1, hours=1))

    def test_what_may_hold_it_back_by_then_is_in_its_warnings(self) -> None:
        some = world()
        some.engine_state.pull(HALT, "anna")
        moved = self.moved(some, later(minutes=149, seconds=20), guards=self.NOON)
        assert list(moved.warnings) == [
            "the engine is halted by anna (smoke): attacks that fall due meanwhile are skipped",
            "1 of 1 attacks may be skipped, the first at 2027-03-01T12:29:20+01:00: EventBridge Scheduler may deliver"
            " an attack up to 60 seconds late, and by then none of the plan's windows is open at mon 12:30"
            " (Europe/Madrid)",
        ]

    def test_running_it_now_outside_of_its_windows_is_refused_and_it_stays_scheduled(self) -> None:
        some = world()
        [executor] = some.plans.get(some.creation.create(document(later(hours=2), guards=self.NOON)).id)[1]
        with pytest.raises(InvalidRequest, match="the first possible date is 2027-03-01T11:30:00"):
            some.executors.run(executor.id)
        assert some.deliveries.early == [] and some.executors.get(executor.id) == executor

    def test_nothing_holds_an_undo_back(self) -> None:
        some = world()
        document_ = {**document(later(hours=2)), "attack": {"ref": "valve:Valve", "args": {"duration": 60}}}
        undo = next(each for each in some.plans.get(some.creation.create(document_).id)[1] if each.undoes)
        some.engine_state.freeze({"name": "sale", "start": later(days=1), "end": later(days=2), "reason": "x"}, "anna")
        moved = some.executors.move(undo.id, {"type": "date", "args": {"date": later(days=1, hours=1)}})
        assert moved.warnings == () and moved.due == NOW + timedelta(days=1, hours=1)


def test_what_is_due_in_the_last_minute_of_a_window_is_warned_of_when_it_is_posted() -> None:
    guards = {"windows": [{"days": ["mon"], "from": "10:30", "to": "11:00"}]}
    assert warned(world(), document(later(minutes=50), later(minutes=59), guards=guards)) == [
        "1 of 2 attacks may be skipped, the first at 2027-03-01T10:59:00+01:00: EventBridge Scheduler may deliver an"
        " attack up to 60 seconds late, and by then none of the plan's windows is open at mon 11:00 (Europe/Madrid)"
    ]


def test_a_move_whose_date_comes_while_it_is_made_is_delivered_at_once() -> None:
    clock = HandClock(step=timedelta(seconds=1))
    some = world(clock=clock)
    executor = some.executor()
    date = f"{clock.now + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    moved = some.executors.move(executor.id, {"type": "date", "args": {"date": date}})
    assert some.deliveries.delivered == [moved] and some.schedules.dues[executor.id] == moved.due
    some.executors.move(executor.id, {"type": "date", "args": {"date": later(days=1)}})
    assert some.deliveries.delivered == [moved]
