"""The attack Lambda: EventBridge Scheduler invokes it with ``{"executor_id", "due"}``.

It imports neither app.py nor the API, and of the plugins only the one it runs.
"""

from typing import Any

from chalice.app import Blueprint

from chalicelib import bootstrap
from chalicelib.events import emit
from chalicelib.execution import Refusal, delivery

attacks = Blueprint(__name__)


@attacks.lambda_function(name="attack")
def attack(event: Any, context: Any) -> dict[str, Any]:
    """Run the executor that the event names, once, and say what became of it.

    Never raises for a bad event or a failed attack. Raises ``Unavailable`` only where nothing was claimed: Lambda
    delivers again, and then to the dead-letter queue.
    """
    seconds = context.get_remaining_time_in_millis() / 1000
    delivered = delivery(event, context.aws_request_id, seconds)
    if delivered is None:
        emit("delivery refused", reason=str(Refusal.MALFORMED), request_id=context.aws_request_id)
        return {"refused": str(Refusal.MALFORMED)}
    outcome = bootstrap.execution().execute(delivered)
    if isinstance(outcome, Refusal):
        emit(
            "delivery refused",
            executor_id=delivered.executor_id,
            reason=str(outcome),
            request_id=context.aws_request_id,
        )
        return {"executor_id": delivered.executor_id, "refused": str(outcome)}
    emit(
        f"executor {outcome.status}",
        plan_id=outcome.plan_id,
        executor_id=outcome.id,
        status=str(outcome.status),
        name=outcome.name,
        message=outcome.error.message if outcome.error else None,
        outcome=outcome.outcome,
        request_id=context.aws_request_id,
    )
    return {"executor_id": outcome.id, "status": str(outcome.status)}
