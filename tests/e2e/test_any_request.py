"""Anything at all sent to the deployed engine: never a 5xx, never a stack trace, and nothing half made is left."""

import http.client
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from infra.local.child import RunningEngine
from tests.api.any_request import CALLS, HEADERS, QUERIES, TYPES, bodies
from tests.api.test_any_request import with_ids
from tests.conftest import IN_SUMMARY
from tests.e2e.whole import assert_whole, loose_ends
from tests.e2e.wishes import NOWHERE, Plans

pytestmark = pytest.mark.long

REQUESTS = 200
CAN_BE_SENT = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
OF_THE_WIRE = {"host", "connection", "content-length", "transfer-encoding", "expect"}


@pytest.mark.usefixtures("restored")
def test_no_request_breaks_the_deployed_engine_or_leaves_anything_half_made(
    stack: RunningEngine, plans: Plans, record_property: Callable[[str, str], None]
) -> None:
    date = (datetime.now(UTC) + timedelta(days=2)).isoformat(timespec="seconds")
    plan, executor = plans.post(ahead=86_400)
    before, statuses = loose_ends(stack), Counter[int]()
    good = {
        "name": "any",
        "attack": NOWHERE,
        "planner": {"ref": "exact_planner:ExactPlanner", "args": {"date": date}},
    }

    @settings(max_examples=REQUESTS, derandomize=True, database=None, phases=[Phase.generate], deadline=None)
    @given(
        CALLS,
        st.booleans(),
        QUERIES,
        bodies(good, date) | st.just(good),
        st.just("application/json") | TYPES,
        HEADERS,
    )
    def every(call: tuple[str, str], known: bool, query: str, body: Any, kind: str, headers: Mapping[str, str]) -> None:
        method, path = call
        if known:
            path = with_ids(path, plan["id"], executor["id"])
        status, text = sent(stack, method, f"{path}?{query}", body, {**headers, "Content-Type": kind})
        statuses[status] += 1
        assert status < 500, (status, text)
        assert "Traceback (most recent" not in text and 'File "' not in text, text

    every()
    record_property(
        IN_SUMMARY,
        f"Hypothesis on the deployed engine, {statuses.total()} requests: {dict(sorted(statuses.items()))}",
    )
    assert {200, 400, 404} <= statuses.keys()
    assert_whole(stack, before)


def sent(stack: RunningEngine, method: str, path: str, body: Any, headers: Mapping[str, str]) -> tuple[int, str]:
    """The answer to a request that is sent as it is, but for header fields that HTTP has no way to send."""
    address = urlsplit(stack.run["api"])
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    raw = body if isinstance(body, bytes) else body if isinstance(body, str) else json.dumps(body)
    fields = {
        name: value.encode("latin-1")
        for name, value in headers.items()
        if TOKEN.fullmatch(name) and CAN_BE_SENT.fullmatch(value) and name.lower() not in OF_THE_WIRE
    }
    try:
        connection.request(method, f"/api/1{path}", raw.encode() if isinstance(raw, str) else raw, fields)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        connection.close()
