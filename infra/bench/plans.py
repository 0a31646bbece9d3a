"""Plans to measure with: nothing of them falls due while it is measured."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytz

from infra.errors import InfraError
from infra.local.child import RunningEngine
from infra.stages import TIMEZONE

AHEAD = timedelta(minutes=45)
"""Longer than a bench takes."""
NOWHERE = {"ref": "api_request:ApiRequest", "args": {"endpoint": "http://127.0.0.1:9/", "method": "GET"}}


def many(executors: int, attack: dict[str, Any] = NOWHERE) -> dict[str, Any]:
    """A plan of so many executors later today, in the engine's time zone. Raises ``InfraError`` late in the evening."""
    now = datetime.now(UTC).astimezone(pytz.timezone(TIMEZONE))
    begin = now + AHEAD
    if begin.date() != now.date() or begin.hour == 23:
        raise InfraError(f"The bench makes plans for later today in {TIMEZONE}, and today is nearly over: try tomorrow")
    window = {"min_time": f"{begin:%H:%M}", "max_time": "23:59", "times": executors}
    return {"name": "bench", "attack": attack, "planner": {"ref": "simple_planner:SimplePlanner", "args": window}}


def one(due: datetime, attack: dict[str, Any]) -> dict[str, Any]:
    """A plan of one executor at that date."""
    planner = {"ref": "exact_planner:ExactPlanner", "args": {"date": due.isoformat(timespec="seconds")}}
    return {"name": "bench", "attack": attack, "planner": planner}


def post(engine: RunningEngine, document: dict[str, Any]) -> dict[str, Any]:
    """The plan that was made of it."""
    made: dict[str, Any] = asked(engine, "POST", "/plans/", document)
    return made


def asked(engine: RunningEngine, method: str, path: str, document: Any = None) -> Any:
    """What the API answered. Raises ``InfraError`` for anything but a success."""
    status, answer = engine.api(method, path, document)
    if status >= 300:
        raise InfraError(f"{method} {path} was answered {status} {answer}")
    return answer
