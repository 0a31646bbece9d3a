"""The attack Lambda: EventBridge Scheduler invokes it with ``{"executor_id", "due"}`` and what the schedule carries.

It imports neither app.py nor the API, and of the plugins only the one it runs.
"""

from typing import Any

from chalice.app import Blueprint

from chalicelib import bootstrap, logs
from chalicelib.appointment import Refusal, delivery
from chalicelib.ids import plan_of
from chalicelib.metrics import REFUSED

attacks = Blueprint(__name__)


@attacks.lambda_function(name="attack")
def attack(event: Any, context: Any) -> dict[str, Any]:
    """Run the executor that the event names, once, and say what became of it.

    Never raises for a bad event or a failed attack. Raises ``Unavailable`` only where nothing was claimed: Lambda
    delivers again, and then to the dead-letter queue.
    """
    logs.begin(context.aws_request_id)
    seconds = context.get_remaining_time_in_millis() / 1000
    delivered = delivery(event, context.aws_request_id, seconds)
    if delivered is None:
        _refused(Refusal.MALFORMED)
        return {"refused": str(Refusal.MALFORMED)}
    logs.about(plan_id=plan_of(delivered.executor_id), executor_id=delivered.executor_id)
    outcome = bootstrap.execution().execute(delivered)
    if isinstance(outcome, Refusal):
        _refused(outcome)
        return {"executor_id": delivered.executor_id, "refused": str(outcome)}
    return {"executor_id": outcome.id, "status": str(outcome.status)}


def _refused(why: Refusal) -> None:
    counted = bootstrap.metrics().of({REFUSED: 1}, reason=why.name.capitalize())
    logs.emit("delivery refused", message=str(why), **counted)
