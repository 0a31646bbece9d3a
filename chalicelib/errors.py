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


class FreezeNotFound(NotFound):
    def __init__(self, freeze_id: str) -> None:
        super().__init__(f"freeze not found {freeze_id[:64]}")


class Conflict(EngineError):
    """The state of the thing forbids what was asked."""


class PlansRefused(Conflict):
    def __init__(self, by: str | None, reason: str | None) -> None:
        super().__init__(f"the engine takes no plans while it is halted by {by} ({reason}): PUT engine/ lets it go on")


class PlanIsRunning(Conflict):
    def __init__(self, plan_id: str) -> None:
        super().__init__(f"plan {plan_id} has an executor that is running: delete it when that has ended")


class ExecutorIsRunning(Conflict):
    def __init__(self, executor_id: str) -> None:
        super().__init__(f"executor {executor_id} is running: wait until it has ended")


class ExecutorHasEnded(Conflict):
    def __init__(self, executor_id: str, status: str) -> None:
        super().__init__(f"executor {executor_id} has ended ({status}) and cannot be moved or run: post a new plan")


class KeyOfAnotherBody(Conflict):
    def __init__(self) -> None:
        super().__init__("this Idempotency-Key came with another body before: send a new key with a new body")


class KeySpent(Conflict):
    def __init__(self) -> None:
        super().__init__("the plan that was made with this Idempotency-Key was deleted: send a new key to make another")


class PlanIsBeingMade(Conflict):
    """The request that came first with the key is still under way, or died less than two minutes ago."""

    retry_after = 5

    def __init__(self) -> None:
        super().__init__(
            f"the plan of this Idempotency-Key is still being made: try again in {self.retry_after} seconds"
        )


class NothingToUndo(Conflict):
    def __init__(self, executor_id: str, why: str) -> None:
        super().__init__(f"executor {executor_id} has nothing to undo: {why}")


class UndoIsNeeded(Conflict):
    def __init__(self, executor_id: str) -> None:
        super().__init__(f"executor {executor_id} undoes another and cannot be deleted before it has: POST its revert")


class UndoIsUnderWay(Conflict):
    def __init__(self, plan_id: str) -> None:
        super().__init__(
            f"plan {plan_id} has attacks that are being undone just now: delete it again when that is done"
        )


class HasUndos(Conflict):
    """The plan has undos that its deletion has to see to first. Never leaves the engine."""


class Lost(EngineError):
    """What was to be changed had changed meanwhile: read it again and decide anew."""


class KeyTaken(Lost):
    """A plan was made with the key meanwhile."""


class Unavailable(EngineError):
    """AWS throttled or failed. Nothing is left half made; the same call may be sent again."""

    def __init__(self, operation: str, *, retry_after: int = 5, throttled: bool = False) -> None:
        super().__init__(f"{operation} did not succeed just now: try again in {retry_after} seconds")
        self.operation = operation
        self.retry_after = retry_after
        self.throttled = throttled


class InDoubt(Unavailable):
    """The deciding write was sent, and AWS has answered nothing since: whether it was made nobody knows yet."""

    def __init__(self, operation: str) -> None:
        super().__init__(operation)
        self.args = (
            f"whether {operation} succeeded is not known, because AWS does not answer: look with GET in"
            f" {self.retry_after} seconds before you send it again, or send it under the same Idempotency-Key",
        )


class SecretUnreadable(EngineError):
    """A secret of a plan cannot be had; the attack it is for fails. Says nothing of the secret itself."""


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
