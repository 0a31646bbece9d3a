"""Everything the engine refuses or fails at, as one tree.

An error knows the facts of the domain and builds its own sentence, which says what to do next. Status codes are the
API's business (``api/http.py``).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from chalicelib.domain.broken import Broken
from chalicelib.domain.fault import Fault
from chalicelib.domain.ids import is_plan_id

BY_HAND = "an operator removes its row from the table, as docs/how-to/reconcile-schedules.md says"
"""The remedy where no call of the API helps."""


class EngineError(Exception):
    """The root of the tree."""


class InvalidRequest(EngineError):
    """A request that cannot be understood or is not allowed. Nothing was stored.

    It has either a fault, whose sentence is its message, or a message of its own with the faults that it is about.
    """

    def __init__(self, message: str | Fault, faults: Sequence[Fault] = ()) -> None:
        self._names_its_fault = isinstance(message, Fault)
        super().__init__(message.sentence if isinstance(message, Fault) else message)
        self.faults = (message, *faults) if isinstance(message, Fault) else tuple(faults)

    def move_below(self, place: str) -> None:
        """Change the faults' paths to those in a document that holds the refused one at ``place``."""
        self.faults = tuple(fault.below(place) for fault in self.faults) or (Fault(place, str(self)),)
        if self._names_its_fault:
            self.args = (self.faults[0].sentence,)


@contextmanager
def located(place: str) -> Iterator[None]:
    """Give every ``InvalidRequest`` that the block raises its place in the body: its faults' paths begin there."""
    try:
        yield
    except InvalidRequest as refused:
        refused.move_below(place)
        raise


class PayloadTooLarge(InvalidRequest):
    """A body that is too large, as it was sent or as it would be stored.

    ``1e9`` takes three characters in a body and twelve in the table.
    """

    def __init__(self, limit: int, *, as_stored: bool = False) -> None:
        how = " once its numbers are written out, such as 1e9 as 1000000000.0" if as_stored else ""
        super().__init__(f"the body is larger than {limit // 1024} KB{how}: send a smaller one")


class PluginNotFound(InvalidRequest):
    def __init__(self, kind: str, ref: str, path: str | None = None, near: str | None = None) -> None:
        """Create the refusal; ``path`` leads to the ref in a body, ``near`` is the most similar ref there is."""
        hint = f"; did you mean {near!r}?" if near else ""
        message = f"{kind} {ref} not found: GET {kind}s/ lists the refs there are{hint}"
        super().__init__(message, (Fault(path, message),) if path else ())


class PluginBroken(InvalidRequest):
    """A plugin's module cannot be imported: its author has to fix it, the log says how it fails."""

    def __init__(self, kind: str, ref: str, cause: str) -> None:
        super().__init__(f"{kind} {ref} cannot be loaded: {cause}")


class PlannerRefused(InvalidRequest):
    """A planner raised, or planned nothing that can be scheduled."""

    def __init__(self, ref: str, reason: str) -> None:
        super().__init__(f"planner {ref} made no plan: {reason}")


class NotFound(EngineError):
    """No such thing, or no longer."""


class PlanNotFound(NotFound):
    def __init__(self, plan_id: str) -> None:
        super().__init__(f"plan not found {plan_id}")


def require_plan_id(text: str) -> None:
    """Raise ``PlanNotFound`` for a text that has not the shape of a plan's id: then no store is asked for it."""
    if not is_plan_id(text):
        raise PlanNotFound(text[:64])


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


class IdempotencyKeyReused(Conflict):
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
    def __init__(self, executor_id: str, has_begun: bool) -> None:
        how = "POST its revert" if has_begun else "delete the attack instead, which deletes its undo too"
        super().__init__(f"executor {executor_id} undoes an attack, and cannot be deleted before that is done: {how}")


class UndoIsUnderWay(Conflict):
    def __init__(self, plan_id: str) -> None:
        super().__init__(
            f"plan {plan_id} has attacks that are being undone just now: delete it again when that is done"
        )


class Unreadable(Conflict):
    """A stored row that this engine cannot read. The engine lists it as broken, leaves it, and never attacks by it."""

    def __init__(self, broken: Broken) -> None:
        plan_id = broken.plan_id
        remedy = f"DELETE plans/{plan_id} removes its whole plan" if plan_id and is_plan_id(plan_id) else BY_HAND
        super().__init__(
            f"{broken.kind} {broken.id[:64]} cannot be read ({broken.problem}) and never attacks: {remedy}"
        )
        self.broken = broken


class HasUndos(Conflict):
    """The plan has undos that its deletion has to see to first. Never leaves the engine."""


class WriteConflict(EngineError):
    """The refusal of a write whose row has changed meanwhile: read it again and decide anew."""


class KeyTaken(WriteConflict):
    """A plan was made with the key meanwhile."""


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
        """Return the body of the answer: the payload and ``msg``."""
        return {**dict(self.payload or {}), "msg": str(self.message)}
