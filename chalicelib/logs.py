"""The log: one JSON object a line, each naming the request that was served and whom it was about.

What the engine tells is an event (``emit``). What Python's own ``logging`` is told, by the engine, its libraries and
plugins, is written the same way by ``Lines``. Lambda hands both to CloudWatch Logs.
"""

import json
import logging
import os
import sys
from contextvars import ContextVar
from typing import Any

from chalicelib.masking import concealed

_bound: ContextVar[dict[str, str]] = ContextVar("_bound", default={})  # noqa: B039 - replaced, never changed


def begin(request_id: str) -> None:
    """From now on this request is served, and about nothing yet. The first call in a Lambda sets the log up."""
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:  # elsewhere the log is the caller's own
        set_up(logging.getLogger())
    _bound.set({"request_id": request_id})


def about(**ids: str) -> None:
    """What is logged from now on is about these: ``plan_id``, ``executor_id``."""
    _bound.set({**_bound.get(), **ids})


def request_id() -> str | None:
    """Lambda's id of the request that is being served."""
    return _bound.get().get("request_id")


def emit(event: str, **fields: Any) -> None:
    """Write one event. Fields that are None are left out; nothing secret may be among them."""
    known = {name: value for name, value in fields.items() if value is not None}
    print(_line({"event": event, **_bound.get(), **known}), file=sys.stdout, flush=True)


class Lines(logging.Formatter):
    """Writes a record as one line. ``event`` is ``log``; what was raised is in ``exception``. Whom it is about may be
    given as ``extra``: ``plan_id``, ``executor_id``."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {"event": "log", "level": record.levelname, "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        about: dict[str, Any] = {
            name: record.__dict__[name] for name in ("plan_id", "executor_id") if name in record.__dict__
        }
        return _line({**fields, **_bound.get(), **about})


def set_up(root: logging.Logger) -> None:
    """Have all that reaches the logger written as ``Lines``: by Lambda's own handler, or where there is none, to
    standard output."""
    if not root.handlers:
        root.addHandler(logging.StreamHandler(sys.stdout))
    for handler in root.handlers:
        if not isinstance(handler.formatter, Lines):
            handler.setFormatter(Lines())


def _line(fields: dict[str, Any]) -> str:
    return json.dumps(concealed(json.loads(json.dumps(fields, default=str))))
