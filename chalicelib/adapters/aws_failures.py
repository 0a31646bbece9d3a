"""The one place where the failures of AWS become the engine's."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException, TransactWriteError

from chalicelib.errors import Unavailable

THROTTLING = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
COLLISIONS = frozenset(
    {
        "ConflictException",  # Scheduler: the schedule is being changed by another request
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
REFUSALS = frozenset({"ConditionalCheckFailed", "ConditionalCheckFailedException"})


class Refused(Exception):
    """A condition of a write does not hold: the adapter has to read again. Never leaves the adapters."""


class Busy(Exception):
    """Throttled, or two writes met at one item: the same request may succeed in a moment. Never leaves the adapters."""

    def __init__(self, codes: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(codes)))
        self.throttled = bool(codes & THROTTLING)


@contextmanager
def translated(operation: str) -> Iterator[None]:
    """Raises ``Refused``, ``Busy`` or ``Unavailable`` in the place of whatever botocore and pynamodb raise."""
    try:
        yield
    except (PynamoDBException, BotoCoreError, ClientError) as error:
        codes = _codes(error)
        if codes & REFUSALS:
            raise Refused from error
        if codes & (COLLISIONS | THROTTLING):
            raise Busy(codes) from error
        raise Unavailable(operation) from error


def _codes(error: Exception) -> frozenset[str]:
    """AWS's words for what went wrong: one, or in a cancelled transaction one for each item that stopped it."""
    if isinstance(error, TransactWriteError) and error.cancellation_reasons:
        return frozenset(reason.code for reason in error.cancellation_reasons if reason)
    if isinstance(error, PynamoDBException):
        return frozenset({error.cause_response_code or ""})
    if isinstance(error, ClientError):
        return frozenset({error.response["Error"]["Code"]})
    return frozenset()
