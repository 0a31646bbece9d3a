"""How much time an operation has, and that what the engine allows itself fits into what AWS allows it."""

from contextvars import copy_context
from math import inf
from threading import Thread

import pytest

from chalicelib.adapters.aws import timeouts
from chalicelib.adapters.events import event_bus
from chalicelib.domain.delivery import EARLIEST
from chalicelib.drivers.ec2 import driver
from chalicelib.drivers.ssh import session
from chalicelib.execution import attack, executor
from chalicelib.execution import record as recording
from chalicelib.planning import preview
from chalicelib.repair import dead_letters, sweep
from chalicelib.runtime.deadline import SURELY_DEAD, remaining, within
from chalicelib.services import time_limits
from infra.stage.generate import SIZES
from plugins.attacks import run_script
from tests.contract.builders import HandTimer

API_GATEWAY_GIVES_UP_AFTER = 29
LAMBDA_ENDS_AFTER = 900
COLD_START = 5
"""Several times what is measured (docs/adr/0010)."""


def test_without_a_budget_there_is_no_end() -> None:
    assert remaining() == inf


def test_a_budget_is_spent_and_never_less_than_nothing() -> None:
    timer = HandTimer()
    with within(10, timer):
        timer.sleep(4)
        assert remaining() == 6
        timer.sleep(7)
        assert remaining() == 0
    assert remaining() == inf


@pytest.mark.parametrize(("inner", "left"), [(3, 3), (30, 9)])
def test_of_two_budgets_the_one_that_ends_earlier_counts_and_then_the_outer_one_again(
    inner: float, left: float
) -> None:
    timer = HandTimer()
    with within(10, timer):
        timer.sleep(1)
        with within(inner):
            assert remaining() == left
        assert remaining() == 9


def test_an_error_ends_the_budget_as_well() -> None:
    with pytest.raises(KeyError), within(1):
        raise KeyError
    assert remaining() == inf


def test_as_a_decorator_it_gives_every_call_its_time() -> None:
    timer = HandTimer()

    @within(5, timer)
    def call() -> float:
        timer.sleep(2)
        return remaining()

    assert [call(), call(), call()] == [3, 3, 3]


def test_a_thread_has_the_budget_of_the_context_it_runs_in() -> None:
    found: list[float] = []
    with within(10, HandTimer()):
        inside = copy_context()
    for look in (lambda: found.append(remaining()), lambda: inside.run(lambda: found.append(remaining()))):
        thread = Thread(target=look)
        thread.start()
        thread.join()
    assert found == [inf, 10]


class TestArithmetic:
    """Nothing is begun once a budget is over; what is under way may take another ``REQUEST``."""

    def test_every_request_of_the_api_is_answered_before_api_gateway_gives_up(self) -> None:
        resolving = time_limits.DRY_RUN + timeouts.CONNECT + timeouts.RESOLVE
        longest = max(time_limits.POSTING + timeouts.REQUEST, time_limits.CHANGING, time_limits.READING, resolving)
        assert longest + 1 < API_GATEWAY_GIVES_UP_AFTER, "a second for a cold start and the answer"
        assert longest < SIZES["api_handler"]["lambda_timeout"] <= API_GATEWAY_GIVES_UP_AFTER

    def test_the_resolve_function_is_ended_before_the_api_stops_waiting_for_it(self) -> None:
        assert SIZES["resolve"]["lambda_timeout"] < timeouts.RESOLVE

    def test_a_plan_can_be_made_though_its_alarms_cannot_be_read(self) -> None:
        assert time_limits.MAKING - preview.LOOKING - timeouts.REQUEST >= 3

    def test_what_a_plan_could_hit_is_waited_for_no_longer_than_its_being_made_may_take(self) -> None:
        assert time_limits.MAKING + timeouts.CONNECT + timeouts.GLANCE < time_limits.POSTING
        assert timeouts.GLANCE - timeouts.READ <= preview.LONGER, "or it outlasts what else a request may wait for"

    def test_what_is_not_made_in_time_can_be_undone(self) -> None:
        assert time_limits.POSTING - time_limits.MAKING - timeouts.REQUEST >= 6

    def test_what_may_still_be_in_the_making_is_not_swept(self) -> None:
        assert SURELY_DEAD.total_seconds() > 2 * (time_limits.POSTING + timeouts.REQUEST)

    def test_the_sweep_ends_before_it_is_ended(self) -> None:
        assert SIZES["sweep"]["lambda_timeout"] > sweep.SWEEPING + timeouts.REQUEST
        assert sweep.REPAIRING < sweep.SWEEPING / 4

    def test_what_aws_gave_up_on_is_ended_before_its_function_is(self) -> None:
        assert SIZES["undelivered"]["lambda_timeout"] > dead_letters.ENDING + timeouts.REQUEST

    def test_the_longest_attack_is_on_record_before_its_function_is_ended(self) -> None:
        """A script that needs all of its time, where each step before and after it does too."""
        reading, claiming = [executor.CLAIMING + timeouts.REQUEST] * 2
        opening, beginning = attack.OPENING + timeouts.REQUEST, attack.BEGINNING + timeouts.REQUEST
        record = recording.RECORDING + timeouts.REQUEST
        finding = 2 * driver.TIMEOUT_SECONDS  # for the guards, and to choose one
        publishing = 2 * (2 * event_bus.PATIENCE)  # that it has begun, and how it ended: to connect, and to be answered
        script = run_script.LONGEST_RUN + session.LONGEST_BESIDE
        early = EARLIEST.total_seconds()
        longest = early + reading + claiming + publishing + opening + finding + beginning + script + record
        assert longest + COLD_START < SIZES["attack"]["lambda_timeout"]
        assert SIZES["attack"]["lambda_timeout"] <= LAMBDA_ENDS_AFTER
