"""What holds an attack back when it is due: nothing is hit, and the record says why."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.delivery import Refusal
from chalicelib.domain.engine_state import Limit
from chalicelib.domain.hours import DAYS
from chalicelib.domain.model import Executor, Plan, Status
from chalicelib.domain.unavailable import Unavailable
from tests.support.disturbed_adapters import MeddledStore, fail, lose
from tests.support.world import NOW, HandClock, World, later, plan_document, world
from tests.unit.samples.attacks.herd import Herd

HERD = {"ref": "herd:Herd", "args": {"size": 3}}
HALT = {"halted": True, "reason": "smoke"}
TWO_A_DAY = (Limit(per_day=2),)


@pytest.fixture(autouse=True)
def hits() -> Iterator[list[str]]:
    Herd.hits.clear()
    yield Herd.hits
    Herd.grown = 0


def nothing() -> None:
    pass


def ended(
    some: World, guards: Any = None, attack: Any = None, meanwhile: Callable[[], object] = nothing, **given: Any
) -> Executor:
    """How the first executor of a plan ended when it was due; the second one, on a Sunday, is there because a plan that
    could never attack is refused. ``meanwhile`` is what happens between planning and due."""
    dates = (f"{some.clock.now + timedelta(days=days, hours=1):%Y-%m-%dT%H:%M:%SZ}" for days in (0, 6))
    document = {**plan_document(*dates, attack=attack or HERD), **given}
    if guards is not None:
        document["guards"] = guards
    plan = some.creation.create(document)
    meanwhile()
    recorded = some.run(some.plans.get(plan.id)[1][0])
    assert isinstance(recorded, Executor) and recorded == some.executors.get(recorded.id)
    return recorded


def draft_of(some: World, attack: Any, guards: Any) -> tuple[Plan, tuple[Executor, ...]]:
    """A plan that was made although it would be refused now."""
    plan, executors = some.creation.draw({**plan_document(later(hours=1), attack=attack), "guards": guards})
    some.store.uncommitted.add(plan, executors)
    some.store.uncommitted.commit(plan.id)
    return plan, executors


def held(recorded: Executor) -> str:
    assert recorded.status is Status.SKIPPED and recorded.error is not None
    return recorded.error.type


def test_nothing_holds_back_what_asks_for_no_guard(hits: list[str]) -> None:
    recorded = ended(world())
    assert recorded.status is Status.SUCCEEDED and recorded.outcome == {"chosen": hits[0]}


class TestTheWholeEngine:
    def test_what_falls_due_while_it_is_halted_is_skipped_with_the_reason(self, hits: list[str]) -> None:
        some = world()
        some.engine_state.pull(HALT, "anna")
        recorded = ended(some)
        assert held(recorded) == "Halted" and recorded.run is None and recorded.deliveries == 1
        assert recorded.error is not None and recorded.error.message == "the engine is halted by anna: smoke"
        assert hits == [] and some.plans.get(recorded.plan_id)[0].remaining == 1
        some.engine_state.pull({"halted": False}, "anna")
        assert ended(some).status is Status.SUCCEEDED

    def test_a_halt_takes_effect_between_planning_and_due(self, hits: list[str]) -> None:
        some = world()
        executor = some.executor(attack=HERD)
        some.clock.now = executor.due
        some.engine_state.pull(HALT, "anna")
        recorded = some.deliver(executor)
        assert isinstance(recorded, Executor) and held(recorded) == "Halted" and hits == []

    def test_what_a_person_runs_while_it_is_halted_is_skipped_and_its_schedule_goes(self, hits: list[str]) -> None:
        some = world()
        executor = some.executor(attack=HERD)
        some.engine_state.pull(HALT, "anna")
        some.executors.run(executor.id)
        recorded = some.deliver_early()
        assert isinstance(recorded, Executor) and held(recorded) == "Halted" and hits == []
        some.clock.advance(minutes=3)
        some.sweep.sweep()
        assert some.schedules.dues == {}

    def test_what_falls_due_in_a_freeze_is_skipped(self, hits: list[str]) -> None:
        some = world()
        span = {"name": "sale", "start": later(minutes=30), "end": later(minutes=90), "reason": "Black Friday"}
        assert held(ended(some, meanwhile=lambda: some.engine_state.freeze(span, "anna"))) == "Frozen" and hits == []

    def test_what_is_too_late_is_missed_whatever_else_holds_it_back(self) -> None:
        some = world(grace_seconds=60)
        executor = some.executor(attack=HERD)
        some.engine_state.pull(HALT, "anna")
        some.clock.now = executor.due + timedelta(seconds=61)
        recorded = some.deliver(executor)
        assert isinstance(recorded, Executor) and recorded.status is Status.MISSED

    def test_where_its_state_is_not_known_nothing_is_claimed_and_it_is_missed_in_the_end(self, hits: list[str]) -> None:
        clock = HandClock()
        store = MeddledStore(clock)
        some = world(clock=clock, store=store)
        executor = some.executor(attack=HERD)
        clock.now = executor.due
        store.before["locate_due"] += [fail, fail]
        for _ in range(2):
            with pytest.raises(Unavailable):
                some.deliver(executor)
        assert some.executors.get(executor.id) == executor and hits == []
        clock.advance(seconds=some.settings.grace_seconds + 1)
        some.sweep.sweep()
        assert some.executors.get(executor.id).status is Status.MISSED and hits == []

    def test_a_second_delivery_of_what_was_skipped_does_nothing(self) -> None:
        some = world()
        some.engine_state.pull(HALT, "anna")
        recorded = ended(some)
        some.engine_state.pull({"halted": False}, "anna")
        assert some.deliver(recorded) is Refusal.ENDED


class TestAPlansGuards:
    @pytest.mark.parametrize(
        ("guards", "guard"),
        [
            ({"probability": 0}, "Probability"),
            ({"alarms": ["loud"]}, "Alarm"),
            ({"alarms": ["unknown"]}, "Alarm"),
            ({"not_on": ["2027-03-01"]}, "ExcludedDay"),
            ({"windows": [{"days": ["sun"], "from": "00:00", "to": "24:00"}]}, "OutsideWindows"),
            ({"min_healthy": 3}, "MinHealthy"),
            ({"min_healthy": "67%"}, "MinHealthy"),
        ],
    )
    def test_one_that_does_not_hold_skips_the_attack(self, guards: Any, guard: str, hits: list[str]) -> None:
        some = world()
        some.alarms.raised |= {"loud": "ALARM", "unknown": "OK"}
        recorded = ended(some, guards, meanwhile=lambda: some.alarms.raised.pop("unknown"))
        assert held(recorded) == guard and hits == []

    def test_ones_that_hold_let_it_be(self, hits: list[str]) -> None:
        some = world()
        some.alarms.raised["fine"] = "OK"
        guards = {"probability": 1, "alarms": ["fine"], "min_healthy": 2, "max_targets": 1, "not_on": ["2027-03-02"]}
        assert ended(some, guards).status is Status.SUCCEEDED and len(hits) == 1

    def test_the_roll_is_on_record_whether_it_let_the_attack_be_or_not(self) -> None:
        some = world()
        rolls = []
        for _ in range(20):
            recorded = ended(some, {"probability": 0.5})
            assert recorded.outcome is not None
            assert (recorded.outcome["roll"] < 0.5) is (recorded.status is Status.SUCCEEDED)
            rolls.append(recorded.outcome["roll"])
        assert min(rolls) < 0.5 <= max(rolls)

    @pytest.mark.parametrize(
        ("stored", "why"),
        [
            (
                {"windows": [{"days": ["mon"], "from": "00:00", "to": "24:00", "timezone": "Mars/Base"}]},
                "there is no such time zone",
            ),
            ({"windows": [{"days": ["mon"]}]}, "'from' is a required property"),
            ({"windows": [{"days": ["mon"], "from": "00:00", "to": "24:00", "except": ["2027-03-01"]}]}, "'except'"),
            ({"windows": {}}, "{} is not of type 'array'"),
            ({"not_on": ["24 December"]}, "24 December"),
            ({"not_on": ["2027-02-30"]}, "there is no 2027-02-30"),
            ({"not_on": 3}, "3 is not of type 'array'"),
            ({"min_healthy": "half"}, "'half' is not valid"),
            ({"min_healthy": "50"}, "'50' is not valid"),
            ({"probability": 2}, "2 is greater than the maximum of 1"),
            ({"probability": "0.0"}, "'0.0' is not of type 'number'"),
            ({"max_targets": "0"}, "'0' is not of type 'integer'"),
            ({"moon": "full"}, "moon"),
            (["probability"], "['probability'] is not of type 'object'"),
            ([], "[] is not of type 'object'"),
        ],
    )
    @pytest.mark.parametrize("now", [False, True])
    def test_stored_guards_that_are_no_longer_understood_hold_it_back(
        self, stored: Any, why: str, now: bool, hits: list[str]
    ) -> None:
        """Another version of the engine has stored them. It ends with its reason, and is not delivered in vain."""
        some = world()
        plan, executors = some.creation.draw(plan_document(later(hours=1), attack=HERD))
        some.store.uncommitted.add(replace(plan, guards=stored), executors)
        some.store.uncommitted.commit(plan.id)
        if now:
            some.executors.run(executors[0].id)
        recorded = some.deliver_early() if now else some.run(executors[0])
        assert isinstance(recorded, Executor) and held(recorded) == "CannotEvaluate" and hits == []
        assert recorded.error is not None and why in recorded.error.message
        assert recorded.error.message.endswith(": guards fail closed, so nothing is attacked")

    def test_too_many_targets_are_blocked(self, hits: list[str]) -> None:
        recorded = ended(world(), {"max_targets": 1}, meanwhile=lambda: setattr(Herd, "grown", 1))
        assert held(recorded) == "MaxTargets" and hits == []

    def test_an_attack_that_no_longer_says_how_many_it_takes_is_blocked(self, hits: list[str]) -> None:
        """Its author has changed it since it was planned."""
        some = world()
        attack = {"ref": "crowd:Crowd", "args": {}}
        plan, _ = draft_of(some, attack, {"max_targets": 1})
        recorded = some.run(some.plans.get(plan.id)[1][0])
        assert isinstance(recorded, Executor) and held(recorded) == "MaxTargets"

    def test_machines_that_do_not_run_are_not_healthy(self, hits: list[str]) -> None:
        stopped = {"ref": "herd:Herd", "args": {"size": 3, "stopped": 1}}
        assert held(ended(world(), {"min_healthy": 2}, stopped)) == "MinHealthy" and hits == []
        assert ended(world(), {"min_healthy": 1}, stopped).status is Status.SUCCEEDED

    @pytest.mark.parametrize(
        ("attack", "why"),
        [
            ({"ref": "herd:Herd", "args": {"size": -1}}, "the herd cannot be found"),
            ({"ref": "seeker:Seeker", "args": {"how": "raise"}}, "KeyError: 'nodes'"),
        ],
    )
    def test_where_its_candidates_are_not_known_it_is_blocked(self, attack: Any, why: str, hits: list[str]) -> None:
        recorded = ended(world(), {"min_healthy": 1}, attack)
        assert held(recorded) == "MinHealthy" and hits == [] and recorded.error is not None
        assert recorded.error.message == (
            f"its candidates could not be resolved ({why}): guards fail closed, so nothing is attacked"
        )

    def test_where_no_guard_has_to_know_them_it_has_failed(self) -> None:
        recorded = ended(world(leashed=True), attack={"ref": "herd:Herd", "args": {"size": -1}})
        assert recorded.status is Status.FAILED and recorded.error is not None
        assert recorded.error.message == "the herd cannot be found"

    def test_clocks_that_differ_by_seconds_do_not_move_it_out_of_its_window_or_into_a_freeze(
        self, hits: list[str]
    ) -> None:
        """It comes before its date by the clock of who attacks, and is judged by its date."""
        for guards in ({}, {"windows": [{"days": [*DAYS], "from": "11:00", "to": "12:00"}]}):
            for freeze, status in ((later(minutes=59), Status.SUCCEEDED), (later(hours=1), Status.SKIPPED)):
                some = world()
                asked = plan_document(later(hours=1), attack=HERD)
                made = some.creation.create({**asked, "guards": guards} if guards else asked)
                (executor,) = some.plans.get(made.id)[1]
                ends = later(hours=1) if status is Status.SUCCEEDED else later(hours=2)
                some.engine_state.freeze({"name": "x", "start": freeze, "end": ends, "reason": "x"}, "anna")
                some.clock.now = executor.due - timedelta(seconds=2)
                recorded = some.deliver(executor)
                assert isinstance(recorded, Executor) and recorded.status is status, (guards, status)

    @pytest.mark.parametrize("when", ["prepare", "run"])
    def test_what_is_protected_is_skipped_with_what_is_known(self, when: str) -> None:
        """Whether that is found out when it prepares or when it is about to act."""
        recorded = ended(world(), attack={"ref": "valve:Valve", "args": {"duration": 600, "spared": when}})
        assert held(recorded) == "Protected" and recorded.outcome == {"candidates": 1}
        assert recorded.error is not None and recorded.error.message == "the valve is spared"
        assert bool(recorded.began) is (when == "run")

    def test_so_is_what_an_authors_own_refusal_spares(self) -> None:
        recorded = ended(world(), attack={"ref": "valve:Valve", "args": {"duration": 600, "spared": "run, bare"}})
        assert held(recorded) == "Protected" and recorded.outcome is None


class TestTheLeash:
    def test_a_leashed_stage_resolves_and_records_and_attacks_nothing(self, hits: list[str]) -> None:
        recorded = ended(world(leashed=True))
        assert held(recorded) == "Leashed" and hits == []
        assert recorded.outcome == {
            **{"region": "nowhere", "candidates": 3, "would_choose_among": ["node-0", "node-1", "node-2"]}
        }
        assert recorded.error is not None and "LEASHED=false lets it attack" in recorded.error.message

    def test_a_plan_may_ask_for_a_dry_run(self, hits: list[str]) -> None:
        recorded = ended(world(), mode="dry_run")
        assert held(recorded) == "DryRun" and hits == []

    def test_the_guards_are_asked_first_so_that_a_dry_run_tells_of_them(self) -> None:
        assert held(ended(world(), {"min_healthy": 3}, mode="dry_run")) == "MinHealthy"

    def test_an_attack_that_cannot_say_what_it_would_hit_is_not_run_either(self) -> None:
        recorded = ended(world(leashed=True), attack={"ref": "note:Note", "args": {"target": "node-1"}})
        assert held(recorded) == "Leashed" and recorded.outcome is None


class TestLimits:
    def test_what_is_more_than_a_day_allows_is_skipped(self, hits: list[str]) -> None:
        some = world(limits=TWO_A_DAY)
        statuses = [ended(some).status for _ in range(3)]
        assert statuses == [Status.SUCCEEDED, Status.SUCCEEDED, Status.SKIPPED] and len(hits) == 2

    def test_the_day_is_that_of_the_engines_zone(self) -> None:
        some = world(limits=(Limit(per_day=1),))
        assert ended(some).status is Status.SUCCEEDED
        some.clock.now = NOW + timedelta(hours=13, minutes=59)  # 23:59 in Madrid
        late = some.executor(f"{NOW + timedelta(hours=14):%Y-%m-%dT%H:%M:%SZ}", attack=HERD)
        recorded = some.run(late)
        assert isinstance(recorded, Executor) and recorded.status is Status.SUCCEEDED

    def test_one_kinds_limit_holds_back_no_other_kind(self) -> None:
        some = world(limits=(Limit(ref="herd:Herd", per_day=1),))
        assert [ended(some).status for _ in range(2)] == [Status.SUCCEEDED, Status.SKIPPED]
        assert ended(some, attack={"ref": "note:Note", "args": {"target": "node-1"}}).status is Status.SUCCEEDED

    @pytest.mark.parametrize("posted", ["note:Note", "note.Note", "alias:Note", "alias.Note"])
    def test_it_counts_whichever_way_the_attack_is_spelt(self, posted: str) -> None:
        some = world(limits=(Limit(ref="note:Note", per_day=1),))
        attack = {"ref": posted, "args": {"target": "node-1"}}
        assert ended(some, attack=attack).status is Status.SUCCEEDED
        assert held(ended(some, attack=attack)) == "Limits"

    def test_what_was_blocked_otherwise_does_not_count(self) -> None:
        some = world(limits=(Limit(per_day=1),))
        assert held(ended(some, {"min_healthy": 3})) == "MinHealthy"
        assert held(ended(some, mode="dry_run")) == "DryRun"
        assert ended(some).status is Status.SUCCEEDED

    @pytest.mark.parametrize("event", [fail, lose])
    def test_where_it_cannot_be_counted_it_is_blocked(self, event: Any, hits: list[str]) -> None:
        clock = HandClock()
        some = world(clock=clock, store=MeddledStore(clock), limits=TWO_A_DAY)
        some.store.before["begin"].append(event)  # type: ignore[attr-defined]
        recorded = ended(some)
        assert held(recorded) == "Limits" and hits == []
        assert recorded.error is not None and "guards fail closed" in recorded.error.message


def test_what_is_reported_of_an_attack_that_began_says_so() -> None:
    recorded = ended(world(limits=TWO_A_DAY))
    assert recorded.began is not None and recorded.status is Status.SUCCEEDED
