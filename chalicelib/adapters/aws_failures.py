"""The one place where the failures of AWS become the engine's."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    HTTPClientError,
    IncompleteReadError,
)
from botocore.parsers import ResponseParserError
from pynamodb.exceptions import PynamoDBException, TransactWriteError

from chalicelib.adapters.readable_answers import UnreadableAnswer
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
BREAKDOWNS = frozenset({"InternalServerError", "RequestTimeout", "RequestTimeoutException"})
"""AWS failed, and says so without a status of 500 or more."""
NO_ANSWER = (ConnectionError, HTTPClientError, IncompleteReadError, ResponseParserError, UnreadableAnswer)
"""Not reached, not in time, cut off, or nothing that can be read."""


class Refused(Exception):
    """A condition of a write does not hold: the adapter has to read again. Never leaves the adapters.

    ``items`` are all that hindered a transaction, as DynamoDB shows them; None where not all of them were shown, which
    has to be asked for (``ReturnValuesOnConditionCheckFailure``).
    """

    def __init__(self, items: tuple[Mapping[str, Any], ...] | None = None) -> None:
        super().__init__()
        self.items = items


class Busy(Exception):
    """Throttled, or two writes met at one item: nothing was done, and the same request may succeed in a moment.

    Never leaves the adapters.
    """

    def __init__(self, codes: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(codes)))
        self.throttled = bool(codes & THROTTLING)


class Unanswered(Exception):
    """No answer came, or one that says that AWS itself failed: whether the request took effect is not known.

    So whatever is repeated has to be idempotent, or to recognize what it did itself. Never leaves the adapters.
    """


@contextmanager
def translated(operation: str) -> Iterator[None]:
    """Raises ``Refused``, ``Busy``, ``Unanswered`` or ``Unavailable`` for whatever botocore and pynamodb raise."""
    try:
        yield
    except (PynamoDBException, BotoCoreError, ClientError, ResponseParserError) as error:
        cause = error.cause if isinstance(error, PynamoDBException) else error
        codes = _codes(error, cause)
        if codes & REFUSALS:
            raise Refused(_shown(error)) from error
        if codes & (COLLISIONS | THROTTLING) or _status(cause) == 429:
            raise Busy(codes) from error
        if codes & BREAKDOWNS or _status(cause) >= 500 or isinstance(cause, NO_ANSWER):
            raise Unanswered(operation) from error
        raise Unavailable(operation) from error


def _codes(error: Exception, cause: BaseException | None) -> frozenset[str]:
    """AWS's words for what went wrong: one, or in a cancelled transaction one for each item that stopped it."""
    if isinstance(error, TransactWriteError) and error.cancellation_reasons:
        return frozenset(reason.code for reason in error.cancellation_reasons if reason)
    if isinstance(cause, ClientError):
        return frozenset({cause.response["Error"].get("Code", "")})
    return frozenset()


def _shown(error: Exception) -> tuple[Mapping[str, Any], ...] | None:
    """The items that cancelled a transaction; None where one of them was not shown, or hindered it otherwise."""
    reasons = error.cancellation_reasons if isinstance(error, TransactWriteError) else []
    items = [reason.raw_item for reason in reasons if reason]
    shown = tuple(item for item in items if item)
    return shown if shown and len(shown) == len(items) else None


def _status(cause: BaseException | None) -> int:
    """The HTTP status of the answer, 0 where there was none. pynamodb keeps it one cause further down."""
    while isinstance(cause, ClientError):
        status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status is not None:
            return int(status)
        cause = cause.__cause__
    return 0
