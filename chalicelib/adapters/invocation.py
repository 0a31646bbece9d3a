"""Deliveries by invoking the attack function: ``ports.Deliveries``."""

from typing import Any

from chalicelib.adapters.backoff import Backoff
from chalicelib.adapters.delivery import payload
from chalicelib.model import Executor


class LambdaDeliveries:
    """Invokes asynchronously: done when Lambda has accepted, as with a schedule.

    ``client`` is a Lambda client, ``function`` the attack function's name or ARN.
    """

    def __init__(self, client: Any, function: str, *, backoff: Backoff | None = None) -> None:
        self._client = client
        self._function = function
        self._backoff = backoff or Backoff(tries=4, shortest=0.1)

    def deliver(self, executor: Executor) -> None:
        self._backoff.call(
            "delivering the executor",
            self._client.invoke,
            FunctionName=self._function,
            InvocationType="Event",
            Payload=payload(executor).encode(),
        )
