"""The interface of plugin authors."""

from datetime import UTC, date, datetime
from random import Random

import pytest

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.domain.errors import InvalidRequest
from chalicelib.plugin import Attack, Circumstances, Planner
from tests.support.world import MADRID, NOTE, NOW
from tests.unit.samples.attacks.documented import MyAttack
from tests.unit.samples.attacks.note import Note
from tests.unit.samples.planners.at import At
from tests.unit.samples.planners.original import OriginalPlanner


def circumstances(seed: int = 7) -> Circumstances:
    return Circumstances(now=NOW, rng=Random(seed), timezone=MADRID)


def test_an_attack_keeps_its_args() -> None:
    assert Attack({"a": 1}).attack_config == {"a": 1}


def test_what_is_not_written_says_so() -> None:
    with pytest.raises(NotImplementedError, match="Attack must implement run"):
        Attack({}).run()
    with pytest.raises(NotImplementedError, match="Planner must implement plan"):
        Planner("x").plan({}, {})


@pytest.mark.parametrize("plugin", [Note, MyAttack, At, OriginalPlanner])
def test_a_plugin_describes_itself_by_class_or_by_static_method(plugin: type) -> None:
    assert plugin.to_dict() == {"ref": plugin.ref, "schema": plugin.schema, "example": plugin.example}


def test_a_failed_attack_says_what_is_known_all_the_same() -> None:
    failed = AttackFailed("no node matches", candidates=0)
    assert (str(failed), failed.outcome) == ("no node matches", {"candidates": 0})


def test_jobs_are_collected_in_the_order_of_their_dates() -> None:
    config = {"ref": "at:At", "args": {"dates": ["2027-06-02", "2027-06-01", "2027-06-03"]}}
    jobs = At("p").jobs(config, NOTE, circumstances())
    assert [job.name for job in jobs] == ["p 1", "p 0", "p 2"]
    assert [job.attack for job in jobs] == [NOTE] * 3


def test_jobs_of_the_same_date_stay_in_the_order_they_were_added() -> None:
    jobs = At("p").jobs({"ref": "at:At", "args": {"dates": ["2027-06-01"] * 5}}, NOTE, circumstances())
    assert [job.name for job in jobs] == [f"p {number}" for number in range(5)]


@pytest.mark.parametrize(
    ("given", "instant"),
    [
        (datetime(2027, 6, 21, 15, 30), datetime(2027, 6, 21, 13, 30, tzinfo=UTC)),
        (datetime(2027, 1, 21, 15, 30), datetime(2027, 1, 21, 14, 30, tzinfo=UTC)),
        (datetime(2027, 3, 28, 2, 30), datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),
        (datetime(2027, 6, 21, 15, 30, tzinfo=UTC), datetime(2027, 6, 21, 15, 30, tzinfo=UTC)),
        (datetime(2027, 6, 21, 15, 30, 12, 999_999), datetime(2027, 6, 21, 13, 30, 12, tzinfo=UTC)),
        (date(2027, 6, 21), datetime(2027, 6, 20, 22, tzinfo=UTC)),
    ],
)
def test_a_date_without_an_offset_is_in_the_zone_of_the_engine(given: date, instant: datetime) -> None:
    class One(Planner):
        def plan(self, planner_config: object, attack_config: object) -> None:
            self._add_job(given, self.name, attack_config)

    assert [job.date for job in One("p").jobs({}, {}, circumstances())] == [instant]


@pytest.mark.parametrize("given", ["2027-06-21", 1936000000, None])
def test_what_is_no_date_is_refused(given: object) -> None:
    class One(Planner):
        def plan(self, planner_config: object, attack_config: object) -> None:
            self._add_job(given, self.name, attack_config)

    with pytest.raises(InvalidRequest, match="as a date: give a datetime"):
        One("p").jobs({}, {}, circumstances())


def test_jobs_cannot_be_added_outside_of_planning() -> None:
    with pytest.raises(RuntimeError, match="only be added while the engine runs plan"):
        Planner._add_job(NOW, "p", NOTE)


def test_a_planner_that_fails_leaves_nothing_behind_for_the_next() -> None:
    class Failing(Planner):
        def plan(self, planner_config: object, attack_config: object) -> None:
            self._add_job(NOW, "lost", attack_config)
            raise ValueError

    with pytest.raises(ValueError):
        Failing("p").jobs({}, {}, circumstances())
    assert len(At("p").jobs({"args": {"dates": ["2027-06-01"]}}, NOTE, circumstances())) == 1
    with pytest.raises(RuntimeError):
        Planner._add_job(NOW, "p", NOTE)


def test_the_way_of_the_originals_own_planners_collects_jobs_too() -> None:
    config = {"ref": "original:OriginalPlanner", "args": {"date": "2027-06-21T15:30", "times": 2}}
    jobs = OriginalPlanner("p").jobs(config, NOTE, circumstances())
    assert [job.date for job in jobs] == [datetime(2027, 6, day, 13, 30, tzinfo=UTC) for day in (21, 22)]


def test_by_default_what_the_schema_accepts_is_accepted() -> None:
    MyAttack.check({"anything": 1})
