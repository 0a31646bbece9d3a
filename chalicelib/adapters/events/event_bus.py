"""Lifecycle events on the account's default bus of Amazon EventBridge: ``ports.EventPublisher``.

Whoever wants to know writes a rule: ``{"source": ["chaosmonkey"], "detail": {"stage": ["prod"]}}``.
"""

import json
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from chalicelib.adapters.aws.clients import client
from chalicelib.adapters.aws.response_validation import require_field
from chalicelib.config.settings import APP
from chalicelib.domain.events import LifecycleEvent
from chalicelib.runtime.deadline import remaining
from chalicelib.runtime.logs import request_id

log = logging.getLogger(__name__)

LARGEST_REQUEST = 10
"""Entries: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html"""
PATIENCE = 1
"""Seconds for a connection, and again for an answer: so much may a bus that hangs hold up an attack."""


def connect(*, region: str | None = None, endpoint: str | None = None, session: Session | None = None) -> Any:
    """Return a client that tries once and does not wait long."""
    return client(
        "events",
        connections=1,
        region=region,
        endpoint=endpoint,
        connect=PATIENCE,
        read=PATIENCE,
        session=session,
    )


class EventBridgePublisher:
    """A publisher to EventBridge. ``connect`` makes the client, at the first event."""

    def __init__(self, connect: Callable[[], Any], stage: str) -> None:
        self._connect = connect
        self._stage = stage
        self._client: Any = None

    def publish(self, events: Sequence[LifecycleEvent]) -> None:
        """Publish ten events a request, while there is time. After one that failed the rest is not tried: each would
        wait as long."""
        for first in range(0, len(events), LARGEST_REQUEST):
            if not remaining():
                log.warning("%d lifecycle events are not published: time is up", len(events) - first)
                return
            try:
                self._put(events[first : first + LARGEST_REQUEST])
            except (BotoCoreError, ClientError) as error:
                log.warning("%d lifecycle events are not published: %s", len(events) - first, error)
                return

    def _put(self, events: Sequence[LifecycleEvent]) -> None:
        self._client = self._client or self._connect()
        put = require_field("FailedEntryCount", self._client.put_events)
        answer = put(Entries=[self._entry(event) for event in events])
        failed, entries = answer["FailedEntryCount"], answer.get("Entries") or ()
        if failed:
            codes = sorted({str(entry["ErrorCode"]) for entry in entries if entry and "ErrorCode" in entry})
            reasons = ", ".join(codes) or "the answer does not say why"
            log.warning("%s lifecycle events are not published: %s", failed, reasons)

    def _entry(self, event: LifecycleEvent) -> dict[str, Any]:
        return {
            "Source": APP,
            "DetailType": event.happened.value,
            "Time": event.at,
            "Detail": json.dumps(self._detail(event)),
        }

    def _detail(self, event: LifecycleEvent) -> dict[str, Any]:
        """Return the event as subscribers read it (docs/how-to/operate-a-stage.md), without its unknown facts."""
        error = event.error and {"type": event.error.type, "message": event.error.message}
        detail = {
            "stage": self._stage,
            "at": _text(event.at),
            "plan_id": event.plan_id,
            "executor_id": event.executor_id,
            "name": event.name,
            "attack": event.attack,
            "executors": event.executors,
            "by": event.by,
            "kind": "undo" if event.undo else None,
            "due": event.due and _text(event.due),
            "target": event.target,
            "error": error,
            "request_id": request_id(),
        }
        return {name: value for name, value in detail.items() if value is not None}


def _text(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"
