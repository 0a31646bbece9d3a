"""Everything the engine refuses or fails at, as one tree.

An error knows the facts of the domain and builds its own sentence, which says what to do next. Status codes are the
API's business (``api/http.py``).
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Fault(NamedTuple):
    """One thing wrong with a body: where (a JSON path such as ``$.attack.args``) and what."""

    path: str
    message: str


class EngineError(Exception):
    """The root of the tree."""


class InvalidRequest(EngineError):
    """What was asked for cannot be understood or is not allowed. Nothing was stored."""

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults = tuple(faults)


class PayloadTooLarge(InvalidRequest):
    def __init__(self, limit: int) -> None:
        super().__init__(f"the body is larger than {limit // 1024} KB: send a smaller one")


class PluginNotFound(InvalidRequest):
    def __init__(self, kind: str, ref: str) -> None:
        super().__init__(f"{kind} {ref} not found: GET {kind}s/ lists the refs there are")


class PluginBroken(InvalidRequest):
    """A plugin's module cannot be imported: its author has to mend it, the log says how it fails."""

    def __init__(self, kind: str, ref: str, cause: BaseException) -> None:
        super().__init__(f"{kind} {ref} cannot be loaded: {type(cause).__name__}: {cause}")


class PlannerRefused(InvalidRequest):
    """A planner raised, or planned nothing that can be scheduled."""

    def __init__(self, ref: str, reason: str) -> None:
        super().__init__(f"planner {ref} made no plan: {reason}")


class NotFound(EngineError):
    """No such thing, or no longer."""


class PlanNotFound(NotFound):
    def __init__(self, plan_id: str) -> None:
        super().__init__(f"plan not found {plan_id}")


class ExecutorNotFound(NotFound):
    def __init__(self, executor_id: str) -> None:
        super().__init__(f"executor not found {executor_id}")


class Conflict(EngineError):
    """The state of the thing forbids what was asked."""


class PlanIsRunning(Conflict):
    def __init__(self, plan_id: str) -> None:
        super().__init__(f"plan {plan_id} has an executor that is running: delete it when that has ended")


class ExecutorIsRunning(Conflict):
    def __init__(self, executor_id: str) -> None:
        super().__init__(f"executor {executor_id} is running: wait until it has ended")


class ExecutorHasEnded(Conflict):
    def __init__(self, executor_id: str, status: str) -> None:
        super().__init__(f"executor {executor_id} has ended ({status}) and cannot be moved: post a new plan")


class Lost(EngineError):
    """What was to be changed had changed meanwhile: read it again and decide anew."""


class Unavailable(EngineError):
    """AWS throttled or failed. Nothing is left half made; the same call may be sent again."""

    def __init__(self, operation: str, *, retry_after: int = 5, throttled: bool = False) -> None:
        super().__init__(f"{operation} did not succeed just now: try again in {retry_after} seconds")
        self.operation = operation
        self.retry_after = retry_after
        self.throttled = throttled


class UnsafeSettings(EngineError):
    """The environment holds a setting that the engine will not start with."""


class APIError(EngineError):
    """An answer that a plugin's author chose: ``raise APIError("no such team", 404, {"team": "a"})``.

    The original's documented ``chaosmonkey.api.api_errors.APIError``; the status defaults to 400, and is that where it
    is not one of an error.
    """

    def __init__(self, message: str, status_code: int | None = None, payload: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status_code = status_code if isinstance(status_code, int) and 400 <= status_code <= 599 else 400
        self.payload = payload

    def to_dict(self) -> dict[str, Any]:
        """The body of the answer: the payload and ``msg``."""
        return {**dict(self.payload or {}), "msg": str(self.message)}
