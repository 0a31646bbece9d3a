"""ExactPlanner: one executor at one date."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import pytz

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.model import Job
from chalicelib.plugin import Circumstances
from plugins.planners.exact_planner import ExactPlanner

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
ATTACK = {"ref": "my_attack:MyAttack", "args": {}}


def plan(date: str, now: datetime = NOW) -> list[Job]:
    circumstances = Circumstances(now=now, rng=Random(7), timezone=pytz.timezone("Europe/Madrid"))
    return ExactPlanner("one").jobs({"ref": ExactPlanner.ref, "args": {"date": date}}, ATTACK, circumstances)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-06-21T15:30:12+02:00", datetime(2027, 6, 21, 13, 30, 12, tzinfo=UTC)),
        ("2027-06-21T15:30", datetime(2027, 6, 21, 13, 30, tzinfo=UTC)),
        ("2027-06-21 15:30:00.999", datetime(2027, 6, 21, 13, 30, tzinfo=UTC)),
        ("2027-06-21", datetime(2027, 6, 20, 22, 0, tzinfo=UTC)),
        ("2027-03-28T02:30:00", datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),  # skipped by the clocks: 03:30
        ("2027-10-31T02:30:00", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),  # comes twice: the first
    ],
)
def test_one_job_at_the_date_that_was_written(text: str, expected: datetime) -> None:
    assert plan(text) == [Job(date=expected, name="one", attack=ATTACK)]


@pytest.mark.parametrize("text", ["", "2027", "tomorrow", "2027-02-30", "1956000000", "2027-06-21T15:30\n"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="Invalid date format"):
        plan(text)


@pytest.mark.parametrize("text", ["2016-06-21T15:30:12+02:00", "2027-03-01T13:00:00", "2027-03-01T12:00:00Z"])
def test_a_date_that_is_not_ahead_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="give one after 2027-03-01T13:00:01"):
        plan(text)


@pytest.mark.parametrize("text", ["tomorrow", "2027-02-30", "2016-06-21", "9999-01-01"])
def test_a_date_that_is_refused_names_its_place_and_what_is_accepted(text: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        plan(text)
    (fault,) = raised.value.faults
    assert fault.path == "$.date" and ": give " in fault.message


def test_a_date_within_the_running_second_is_not_ahead() -> None:
    now = NOW + timedelta(milliseconds=200)
    with pytest.raises(InvalidRequest, match="in the past"):
        plan("2027-03-01T12:00:00.900Z", now)
    assert len(plan("2027-03-01T12:00:01Z", now)) == 1
