"""Requests of every kind, for whatever takes them: half of them nearly right, half of them anything."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from tests.api.test_app import ROUTES
from tests.unit.planning.test_json_body import JSON

NAMES = (
    st.sampled_from(["all", "executed", "limit", "cursor", "dry_run", "x", "", "ñ"])
    | st.sampled_from(["status", "plan", "since", "until"])
    | st.text(max_size=5)
)
VALUES = (
    st.sampled_from(["true", "false", "1", "0", "100", "", "AAAA"])
    | st.sampled_from(["failed", "running", "0" * 32, "2027-06-21", "0001-01-01T00:00", "8999-12-31T23:59:59-14"])
    | st.text(max_size=20)
)
QUERIES = st.lists(st.tuples(NAMES, VALUES), max_size=3).map(
    lambda pairs: "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs)
)
IDS = st.sampled_from(["0" * 32, "0" * 32 + "-0000", "x"]) | st.text(min_size=1, max_size=40)
SERVED = [(method, path.removeprefix("/1")) for path, methods in ROUTES.items() for method in sorted(methods)]
CALLS = st.tuples(
    st.sampled_from(SERVED)
    | st.tuples(st.sampled_from(["GET", "POST", "PUT", "DELETE"]), st.sampled_from(SERVED)).map(
        lambda mixed: (mixed[0], mixed[1][1])
    ),
    IDS,
).map(lambda parts: (parts[0][0], re.sub(r"{\w+}", lambda _: _quoted(parts[1]).strip(".") or "x", parts[0][1])))
"""A method and a path below ``/1``: one call in two is one that there is, whatever its id."""


def bodies(good: Mapping[str, Any], date: str) -> st.SearchStrategy[Any]:
    """``good`` is a plan's body that is taken, with the attack's args and the planner's; ``date`` is one to come."""
    attack, planner = good["attack"], good["planner"]

    def planned(args: Any) -> dict[str, Any]:
        return {**good, "planner": {**planner, "args": args}}

    return (
        st.text()
        | st.binary()
        | JSON.map(json.dumps)
        | st.fixed_dictionaries({}, optional={key: JSON | st.just(value) for key, value in good.items()})
        | st.builds(lambda args: {**good, "attack": {**attack, "args": args}}, JSON)
        | st.builds(planned, st.fixed_dictionaries({}, optional=dict.fromkeys(planner["args"], JSON)))
        | st.builds(lambda date: {"type": "date", "args": {"date": date}}, JSON | st.just(date))
        | st.builds(lambda name: {**good, "name": name}, st.text(max_size=300))
        | st.builds(lambda guards: {**good, "guards": guards}, JSON)
        | st.fixed_dictionaries(
            {}, optional={"halted": st.booleans() | JSON, "reason": st.text(), "refuse_plans": JSON}
        )
        | st.builds(
            lambda start, end: {"name": "x", "start": start, "end": end, "reason": "y"},
            st.text(max_size=20) | st.just("2027-06-21"),
            st.text(max_size=20) | st.just("2027-06-22"),
        )
    )


HEADERS = st.dictionaries(
    st.sampled_from(["Idempotency-Key", "Accept", "Origin", "X-HTTP-Method-Override", "Content-Encoding"])
    | st.text(min_size=1, max_size=10),
    st.text(max_size=300) | st.sampled_from(["x", "gzip", "null", "DELETE"]),
    max_size=3,
)
TYPES = st.sampled_from(["application/json", "application/hal+json", "text/plain", ""]) | st.text(max_size=30)


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="replace")
