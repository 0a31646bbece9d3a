"""Every answer of the API is as ``openapi.json`` describes it, whatever is sent (schemathesis)."""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis

from chalicelib.plugin import registry
from tests.api.client import Client
from tests.api.described import CONFIG, OPERATIONS, answers
from tests.api.wsgi import Served
from tests.conftest import COUNTED
from tests.support.world import NOW, HandClock, World, later, world

CASES = pytest.mark.parametrize("cases", [8, pytest.param(40, marks=pytest.mark.long)])
"""Of each call, and as many that the document does not allow."""
AGAIN = registry.attacks().get("terminate_ec2_instance:TerminateEC2Instance").example
VALVE = {"ref": "valve:Valve", "args": {"duration": 600}}


def with_a_past() -> World:
    """A world of the shipped plugins, in which three plans are made: one is to come, one ran and has to be undone, and
    one is of shipped plugins, so that it can be made again."""
    past = world(clock=HandClock())
    past.plan(later(days=3))
    past.clock.advance(seconds=1)
    ran = past.plan(attack=VALVE)[1][0]
    past.run(ran)
    past.engine_state.freeze({"name": "a", "start": later(days=9), "end": later(days=10), "reason": "b"}, "someone")
    shipped = world(
        clock=past.clock,
        store=past.store,
        schedules=past.schedules,
        deliveries=past.deliveries,
        attacks=registry.attacks(),
        planners=registry.planners(),
    )
    shipped.creation.create(
        {"name": "again", "attack": AGAIN, "planner": {"ref": "now_planner:NowPlanner", "args": {}}}
    )
    return shipped


@pytest.fixture(scope="module")
def known() -> dict[str, list[str]]:
    """What is in that world, by the parameter that names it."""
    past = with_a_past()
    plans = past.plans.list(everything=True, limit=10, after=None).items
    return {
        "plan_id": [plan.id for plan in plans],
        "executor_id": [executor.id for plan in plans for executor in past.plans.get(plan.id)[1]],
        "freeze_id": [each.id for each in past.engine_state.control().freezes],
    }


@pytest.fixture(scope="module")
def document() -> schemathesis.BaseSchema:
    served = Served(lambda: Client(with_a_past()))
    return schemathesis.openapi.from_wsgi("/api/1/openapi.json", served, config=CONFIG)


@CASES
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_answer_is_as_described(
    cases: int,
    path: str,
    method: str,
    document: schemathesis.BaseSchema,
    known: dict[str, list[str]],
    record_property: Callable[[str, Any], None],
) -> None:
    answered = answers(document, path, method, cases=cases, known=known, now=NOW)
    record_property(COUNTED, ["schemathesis, requests to the API in process", answered.total()])
    assert OPERATIONS[path, method].status in answered or cases < 40, "none of so many cases succeeds"
