"""Write the log: one JSON object a line, each with the request that was served and the plan or executor it is about.

The engine's own events go through ``emit``. ``Lines`` writes in the same form what the engine, its libraries and
plugins log through Python's ``logging``. Lambda sends both to CloudWatch Logs.
"""

import json
import logging
import os
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from chalicelib.secrets import streams
from chalicelib.secrets.redaction import redact

_COUNTED = ("_aws", "Stage", "Reason")
_bound: ContextVar[dict[str, str]] = ContextVar("_bound", default={})  # noqa: B039 - replaced, never changed


def begin(request_id: str) -> None:
    """Begin a request: from now on every line has its id. The first call in a Lambda sets the log up."""
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:  # elsewhere the log is the caller's own
        set_up(logging.getLogger())
    _bound.set({"request_id": request_id})


def about(**ids: str) -> None:
    """Add ``plan_id`` or ``executor_id`` to every line from now on."""
    _bound.set({**_bound.get(), **ids})


def request_id() -> str | None:
    """Return Lambda's id of the request that is being served."""
    return _bound.get().get("request_id")


def emit(event: str, **fields: Any) -> None:
    """Write one event. Fields that are None are left out; secrets that are open are redacted."""
    known = {name: value for name, value in fields.items() if value is not None}
    line = {"event": event, **_bound.get(), **_redacted(known)}
    print(json.dumps(line), file=streams.plain(sys.stdout), flush=True)


class Lines(logging.Formatter):
    """Writes a record as one line. ``event`` is ``log``; what was raised is in ``exception``. Whom it is about may be
    given as ``extra``: ``plan_id``, ``executor_id``."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {"event": "log", "level": record.levelname, "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            fields["exception"] = record.exc_text or self.formatException(record.exc_info)
        about: dict[str, Any] = {
            name: record.__dict__[name] for name in ("plan_id", "executor_id") if name in record.__dict__
        }
        return json.dumps({**_redacted(fields), **_bound.get(), **_redacted(about)})


def set_up(root: logging.Logger) -> None:
    """Have all that reaches the logger written as ``Lines``: by Lambda's own handler, or where there is none, to
    standard output."""
    if not root.handlers:
        root.addHandler(logging.StreamHandler(sys.stdout))
    for handler in root.handlers:
        if not isinstance(handler.formatter, Lines):
            handler.setFormatter(Lines())


def _redacted(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields as JSON has them, without secrets; their names and what CloudWatch counts stay as they are."""
    plain = json.loads(json.dumps(fields, default=str))
    return {name: value if name in _COUNTED else redact(value) for name, value in plain.items()}
