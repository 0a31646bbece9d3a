"""Start an engine to measure with, and call it. None of the attacks of its plans falls due while the bench runs."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.errors import InfraError
from infra.local.bring_up import LOCAL
from infra.local.child import Child, RunningEngine
from infra.local.progress import step

NOWHERE = {"ref": "api_request:ApiRequest", "args": {"endpoint": "http://127.0.0.1:9/", "method": "GET"}}


def many(executors: int, attack: dict[str, Any] = NOWHERE) -> dict[str, Any]:
    """Return a plan of so many executors, all of them hours ahead in ``early_zone``."""
    window = {"min_time": "10:00", "max_time": "23:59", "times": executors}
    return {"name": "bench", "attack": attack, "planner": {"ref": "simple_planner:SimplePlanner", "args": window}}


def early_zone(now: datetime) -> dict[str, str]:
    """Return the variables of a time zone in which it is between six and seven in the morning.

    SimplePlanner plans for today, and an engine in this zone has most of today ahead of it at every hour.
    """
    east = (6 - now.astimezone(UTC).hour + 12) % 24 - 12
    return dict.fromkeys(("TIMEZONE", "TZ"), f"Etc/GMT{-east:+d}")


@contextmanager
def started(folder: Path) -> Iterator[RunningEngine]:
    """Yield a local engine with nothing stored, in ``early_zone``. The folder stays, with its log, after a failure."""
    child = Child(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        with (folder / "output.log").open("wb") as output, step("Starting a local engine"):
            engine = child.start(output)
            functions, api = engine.client("lambda"), {"FunctionName": LOCAL.names.name}
            variables = functions.get_function_configuration(**api)["Environment"]["Variables"]
            variables |= early_zone(datetime.now(UTC))
            functions.update_function_configuration(**api, Environment={"Variables": variables})
            ask(engine, "GET", "/api/1")  # its process starts anew
        yield engine
    finally:
        child.stop()
    shutil.rmtree(folder, ignore_errors=True)


def ask(engine: RunningEngine, method: str, path: str, document: Any = None) -> Any:
    """Call the API and return its answer. Raises ``InfraError`` for anything but a success."""
    status, answer = engine.api(method, path, document)
    if status >= 300:
        raise InfraError(f"{method} {path} was answered {status} {answer}")
    return answer


def post(engine: RunningEngine, plan: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """Create the plan, and return its path and its executors."""
    path = f"/plans/{ask(engine, 'POST', '/plans/', plan)['id']}"
    return path, ask(engine, "GET", path)["_embedded"]["executors"]
