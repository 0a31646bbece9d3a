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
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
)
from botocore.parsers import ResponseParserError
from pynamodb.exceptions import PynamoDBException, TransactWriteError

from chalicelib.adapters.aws.error_table import Verdict, judge, service_of, trouble
from chalicelib.adapters.aws.response_validation import UnreadableAnswer
from chalicelib.domain.unavailable import NeedsOperator, TooLarge, Unavailable

NO_ANSWER = (ConnectionError, HTTPClientError, IncompleteReadError, ResponseParserError, UnreadableAnswer)
"""AWS was not reached, was too late, or its answer was cut off or cannot be read."""
UNUSABLE = (NoCredentialsError, NoRegionError, ParamValidationError, PartialCredentialsError)
"""The request was not sent, and sending it again does not help."""


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

    def __init__(self, verdicts: frozenset[Verdict | None]) -> None:
        super().__init__()
        self.throttled = Verdict.THROTTLED in verdicts


class Unanswered(Exception):
    """No answer came, or one that says that AWS itself failed: whether the request took effect is not known.

    So whatever is repeated has to be idempotent, or to recognize what it did itself. Never leaves the adapters.
    """


@contextmanager
def translated(operation: str) -> Iterator[None]:
    """Raise ``Refused``, ``Busy``, ``Unanswered``, ``Unavailable``, ``NeedsOperator`` or ``TooLarge`` for whatever
    botocore and pynamodb raise."""
    try:
        yield
    except (PynamoDBException, BotoCoreError, ClientError, ResponseParserError) as error:
        cause = error.cause if isinstance(error, PynamoDBException) else error
        service = service_of(cause.operation_name if isinstance(cause, ClientError) else "")
        verdicts = _verdicts(error, cause, service)
        if Verdict.CONDITION in verdicts:
            raise Refused(_shown(error)) from error
        if verdicts & {Verdict.COLLISION, Verdict.THROTTLED}:
            raise Busy(verdicts) from error
        if Verdict.BREAKDOWN in verdicts or isinstance(cause, NO_ANSWER):
            raise Unanswered(operation) from error
        if Verdict.TOO_LARGE in verdicts:
            raise TooLarge(operation) from error
        for verdict in filter(None, verdicts):
            raise NeedsOperator(operation, trouble(service, verdict)) from error
        if isinstance(cause, UNUSABLE):
            raise NeedsOperator(operation, "the function's credentials or settings cannot be used") from error
        raise Unavailable(operation) from error


def _verdicts(error: Exception, cause: BaseException | None, service: str) -> frozenset[Verdict | None]:
    """Return what AWS's words for a failure mean: one, or in a cancelled transaction one for each item that stopped
    it."""
    if isinstance(error, TransactWriteError) and error.cancellation_reasons:
        reasons = [reason for reason in error.cancellation_reasons if reason]
        return frozenset(judge(service, each.code, str(each.message or ""), 400) for each in reasons)
    if isinstance(cause, ClientError):
        said = cause.response["Error"]
        return frozenset({judge(service, said.get("Code", ""), str(said.get("Message", "")), _status(cause))})
    return frozenset()


def _shown(error: Exception) -> tuple[Mapping[str, Any], ...] | None:
    """Return the items that cancelled a transaction; None where one of them was not shown, or hindered it otherwise."""
    reasons = error.cancellation_reasons if isinstance(error, TransactWriteError) else []
    items = [reason.raw_item for reason in reasons if reason]
    shown = tuple(item for item in items if item)
    return shown if shown and len(shown) == len(items) else None


def _status(cause: BaseException | None) -> int:
    """Return the HTTP status of the answer, 0 where there was none. pynamodb keeps it one cause further down."""
    while isinstance(cause, ClientError):
        status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status is not None:
            return int(status)
        cause = cause.__cause__
    return 0
