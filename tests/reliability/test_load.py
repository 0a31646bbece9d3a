"""Many at once, while AWS turns one request in ten away: nothing is lost and nothing is doubled."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random

import pytest

from chalicelib.adapters.aws.delivery import payload
from chalicelib.adapters.aws.retry import Backoff
from chalicelib.domain.model import Executor, Status
from chalicelib.domain.unavailable import Unavailable
from chalicelib.runtime.deadline import within
from tests.conftest import IN_SUMMARY
from tests.contract.builders import NOW
from tests.reliability.records import document
from tests.reliability.samples.attacks.marked import Marked
from tests.reliability.scenarios import HOUR, posted, written
from tests.reliability.throttling import Throttling
from tests.reliability.wired import Wired

AT_ONCE = 16
Say = Callable[[str, object], None]


def patiently() -> object:
    """Time does not run out: how long it takes on a machine that does other things as well is no matter here."""
    return within(3600, timer=lambda: 0.0)


@pytest.fixture
def loaded(ministack_endpoint: str, stage: str) -> Wired:
    """With the pauses of the shipped engine."""
    return Wired(ministack_endpoint, stage, width=AT_ONCE, backoff=Backoff())


def make_a_plan(wired: Wired, size: int) -> str:
    """The figures."""
    dates = [written(NOW + HOUR + timedelta(seconds=number)) for number in range(size)]
    began = time.monotonic()
    with patiently(), Throttling(0.1, seed=size).of(wired.clients) as throttling:
        plan = wired.world.creation.create(document(*dates))
    seconds = time.monotonic() - began
    stored, executors = wired.world.plans.get(plan.id)
    assert (stored.total, stored.remaining, len(executors)) == (size, size, size)
    assert throttling.throttled.total() > 0
    assert throttling.requests["CreateSchedule"] - throttling.throttled["CreateSchedule"] == size
    for executor in executors:
        assert executor.status is Status.SCHEDULED
        assert wired.schedule(executor.id) == (executor.due, payload(executor))
    return f"a plan of {size} made in {seconds:.1f} s, {throttling}"


def run_all(wired: Wired, plans: int, size: int) -> str:
    """So many plans of that size, all due in the same minute, each executor delivered twice, all at once."""
    executors: list[Executor] = []
    for number in range(plans):
        dates = [NOW + HOUR + timedelta(seconds=each % 60) for each in range(size)]
        executors += posted(wired, *dates, mark=f"plan{number}")
    wired.clock.now = NOW + HOUR + timedelta(minutes=1)
    deliveries = [wired.schedule(executor.id)[1] for executor in executors] * 2
    Random(7).shuffle(deliveries)
    began = time.monotonic()
    with Throttling(0.1, seed=size).of(wired.clients) as throttling, ThreadPoolExecutor(AT_ONCE) as pool:
        again = sum(pool.map(lambda event: delivered(wired, event), deliveries))
    seconds = time.monotonic() - began
    assert throttling.throttled.total() > 0
    assert len(Marked.done) == plans * size and set(Marked.done.values()) == {1}
    for plan_id in {executor.plan_id for executor in executors}:
        plan, ended = wired.world.plans.get(plan_id)
        assert (plan.remaining, plan.running) == (0, 0)
        assert {executor.status for executor in ended} == {Status.SUCCEEDED}
    whose = f"of {plans} plans" if plans > 1 else "of one plan"
    return (
        f"{plans * size} executors {whose} run in {seconds:.1f} s, each delivered twice, {throttling}, "
        f"{again} deliveries repeated by Lambda"
    )


def delivered(wired: Wired, event: str) -> int:
    """How often Lambda had to deliver it again: as often as it does by itself, which has to be enough."""
    for again in range(3):
        try:
            with patiently():
                wired.deliver(event)
            return again
        except Unavailable:
            continue
    raise AssertionError("Lambda would have given up")


def test_a_plan_is_made_while_aws_throttles(loaded: Wired, record_property: Say) -> None:
    record_property(IN_SUMMARY, f"load: {make_a_plan(loaded, 100)}")


@pytest.mark.parametrize("plans", [1, 5])
def test_many_run_at_once_while_aws_throttles(plans: int, loaded: Wired, record_property: Say) -> None:
    record_property(IN_SUMMARY, f"load: {run_all(loaded, plans, 40 // plans)}")


@pytest.mark.long
def test_a_thousand_executors_are_made_while_aws_throttles(loaded: Wired, record_property: Say) -> None:
    record_property(IN_SUMMARY, f"load: {make_a_plan(loaded, 1000)}")


@pytest.mark.long
@pytest.mark.parametrize("plans", [1, 20])
def test_two_hundred_run_in_one_minute_while_aws_throttles(plans: int, loaded: Wired, record_property: Say) -> None:
    record_property(IN_SUMMARY, f"load: {run_all(loaded, plans, 200 // plans)}")
