"""Deliveries by invoking the attack function: ``ports.Deliveries``."""

from collections.abc import Iterable
from typing import Any

from chalicelib.adapters.aws.delivery import payload
from chalicelib.adapters.aws.parallel import in_parallel
from chalicelib.adapters.aws.retry import Backoff
from chalicelib.domain.model import Executor
from chalicelib.domain.unavailable import Unavailable


class LambdaDeliveries:
    """Invokes asynchronously: done when Lambda has accepted, as with a schedule.

    ``client`` is a Lambda client with at least ``width`` connections, ``function`` the attack function's name or ARN.
    """

    def __init__(self, client: Any, function: str, *, width: int, backoff: Backoff | None = None) -> None:
        self._client = client
        self._function = function
        self._width = width
        self._backoff = backoff or Backoff(shortest=0.1, longest=2.0)

    def deliver_all(self, executors: Iterable[Executor]) -> None:
        failures = [failure for failure in in_parallel(self._attempt, executors, width=self._width) if failure]
        if failures:
            raise failures[0]

    def deliver_early(self, executor: Executor, by: str | None = None) -> None:
        self._deliver(payload(executor, early=True, by=by))

    def _attempt(self, executor: Executor) -> Unavailable | None:
        """Return the failure instead of raising it: it must not keep the others from being delivered."""
        try:
            self._deliver(payload(executor))
        except Unavailable as failure:
            return failure
        return None

    def _deliver(self, event: str) -> None:
        self._backoff.call(
            "delivering the executor",
            self._client.invoke,
            FunctionName=self._function,
            InvocationType="Event",
            Payload=event.encode(),
        )
