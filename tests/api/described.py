"""schemathesis on the API as ``openapi.json`` describes it: cases of what the document allows and of what it does not,
the same each time, and every answer held against the document."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import schemathesis
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from chalicelib.api.operation import registered
from chalicelib.plugin import registry
from tests.api.client import application
from tests.support.world import world

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# Words of the application's source, which schemathesis would use as values, differ with what is imported.
CONFIG = schemathesis.Config.from_dict({"analysis": {"constants": {"enabled": False}}})
OPERATIONS = {(route.path, route.method): route.operation for route in registered(application(world()).routes)}
EXAMPLES = [plugin.example for plugin in registry.attacks().catalogue()[0]]


def answers(
    document: BaseSchema, path: str, method: str, *, cases: int, known: Mapping[str, Sequence[str]], now: datetime
) -> Counter[int]:
    """Send so many cases of a call that are allowed, and as many that are not, and count the statuses that come. Fails
    for an answer that is not as described.

    ``known`` are ids of what there is, by the name of the path's parameter; half of the cases are of one of them. Half
    of the bodies get dates that are ahead of ``now``, a trigger of such a date, and an attack's own example: chance
    alone rarely writes such.
    """
    answered: Counter[int] = Counter()
    operation = document[path][method.upper()]
    given_more = OPERATIONS[path, method].body or OPERATIONS[path, method].query  # any id is allowed
    for mode in GenerationMode if given_more else [GenerationMode.POSITIVE]:

        @settings(max_examples=cases, derandomize=True, phases=[Phase.generate], deadline=None)
        @given(
            operation.as_strategy(generation_mode=mode),
            st.booleans(),
            st.booleans(),
            st.sampled_from(EXAMPLES),
            st.integers(min_value=0),
        )
        def every(case: schemathesis.Case, exists: bool, likely: bool, attack: Any, number: int) -> None:
            for name in case.path_parameters or {}:
                if exists and known.get(name):
                    case.path_parameters[name] = known[name][number % len(known[name])]
            if likely:
                case.body = _likely(case.body, attack, now)
            answered[case.call_and_validate(checks=CHECKS).status_code] += 1

        every()
    return answered


def _likely(body: Any, attack: Any, now: datetime) -> Any:
    if not isinstance(body, dict):
        return body
    date, end = ((now + timedelta(days=days)).isoformat(timespec="seconds") for days in (1, 2))
    if "type" in body and "args" in body:
        return {"type": "date", "args": {"date": date}}
    planner = {"ref": "exact_planner:ExactPlanner", "args": {"date": date}}
    good = {"attack": attack, "planner": planner, "start": date, "end": end, "date": date}
    return {name: good[name] if name in good else _likely(value, attack, now) for name, value in body.items()}
