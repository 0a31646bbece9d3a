"""The deployed API answers as its ``openapi.json`` describes it (schemathesis, fewer cases than in process)."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import schemathesis

from chalicelib.api.operations import OPERATIONS
from infra.local.child import RunningEngine
from tests.api.described import CONFIG, answers
from tests.conftest import IN_SUMMARY
from tests.e2e.wishes import Plans

CASES = 3
"""Of each call, and as many that the document does not allow."""


@pytest.fixture
def restored(stack: RunningEngine) -> Iterator[None]:
    """The engine is given back as it was: nothing planned, nothing frozen, not halted."""
    yield
    for plan in stack.api("GET", "/plans?limit=1000")[1]["plans"]:
        stack.api("DELETE", f"/plans/{plan['id']}")
    for freeze in stack.api("GET", "/engine/freezes")[1]["freezes"]:
        stack.api("DELETE", f"/engine/freezes/{freeze['id']}")
    assert stack.api("PUT", "/engine", {"halted": False})[0] == 200


@pytest.mark.usefixtures("restored")
def test_every_answer_is_as_described(
    stack: RunningEngine, plans: Plans, record_property: Callable[[str, str], None]
) -> None:
    document = schemathesis.openapi.from_url(f"{stack.run['api']}/api/1/openapi.json", config=CONFIG)
    plan, executor = plans.post(ahead=86_400)
    known = {"plan_id": [plan["id"]], "executor_id": [executor["id"]]}
    answered = {call: answers(document, *call, cases=CASES, known=known, now=datetime.now(UTC)) for call in OPERATIONS}
    statuses: Counter[int] = sum(answered.values(), start=Counter())
    record_property(
        IN_SUMMARY,
        f"schemathesis on the deployed engine, {statuses.total()} requests: {dict(sorted(statuses.items()))}",
    )
    assert {200, 400, 404} <= statuses.keys()
