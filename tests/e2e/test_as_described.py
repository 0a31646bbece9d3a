"""The deployed API answers as its ``openapi.json`` describes it (schemathesis, fewer cases than in process)."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import schemathesis

from infra.local.child import RunningEngine
from tests.api.described import CONFIG, OPERATIONS, answers
from tests.conftest import IN_SUMMARY
from tests.e2e.whole import assert_whole, loose_ends
from tests.e2e.wishes import Plans

pytestmark = pytest.mark.long

CASES = 3
"""Of each call, and as many that the document does not allow."""


@pytest.mark.usefixtures("restored")
def test_every_answer_is_as_described(
    stack: RunningEngine, plans: Plans, record_property: Callable[[str, str], None]
) -> None:
    before = loose_ends(stack)
    document = schemathesis.openapi.from_url(f"{stack.run['api']}/api/1/openapi.json", config=CONFIG)
    plan, executor = plans.post(ahead=86_400)
    known = {"plan_id": [plan["id"]], "executor_id": [executor["id"]]}
    answered = {call: answers(document, *call, cases=CASES, known=known, now=datetime.now(UTC)) for call in OPERATIONS}
    assert_whole(stack, before)
    statuses: Counter[int] = sum(answered.values(), start=Counter())
    record_property(
        IN_SUMMARY,
        f"schemathesis on the deployed engine, {statuses.total()} requests: {dict(sorted(statuses.items()))}",
    )
    assert {200, 400, 404} <= statuses.keys()
