"""Handle the events of the attack function: EventBridge Scheduler sends ``{"executor_id", "due"}``.

The module imports neither app.py nor the API, and of the plugins only the one that it runs.
"""

from typing import Any

from chalice.app import Blueprint

from chalicelib.composition import bootstrap, parts
from chalicelib.domain.delivery import Refusal, delivery
from chalicelib.domain.ids import plan_of
from chalicelib.runtime import logs
from chalicelib.runtime.metrics import REFUSED

attacks = Blueprint(__name__)


@attacks.lambda_function(name="attack")
def attack(event: Any, context: Any) -> dict[str, Any]:
    """Run the executor that the event names, once, and return its id and status, or why it was refused.

    Never raises for a malformed event or a failed attack. Raises ``Unavailable`` only where nothing was claimed: Lambda
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
    counted = parts.metrics().of({REFUSED: 1}, reason=why.name.capitalize())
    logs.emit("delivery refused", message=str(why), **counted)
