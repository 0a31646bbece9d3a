"""One line per execution, read from the attack function's log."""

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

SECONDS_BETWEEN_LOOKS = 1.0
OVERLAP = 5_000
"""Milliseconds looked at again: lines of one instant may arrive one after the other."""


class Watch:
    """Follows one log group from now on."""

    def __init__(self, logs: Any, group: str) -> None:
        self._logs, self._group = logs, group
        self._since = int(time.time() * 1000)
        self._seen: dict[str, int] = {}

    async def follow(self) -> None:
        """Print the executions as they come, until cancelled."""
        while True:
            for line in await asyncio.to_thread(self.news):
                print(line, flush=True)
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)

    def news(self) -> list[str]:
        """Lines about what was logged since the last call. None while the log cannot be read."""
        try:
            return [line for event in self._events() for line in _line(event)]
        except (BotoCoreError, ClientError):
            return []  # no execution yet, so no log group; or the local AWS is stopping

    def _events(self) -> Iterator[dict[str, Any]]:
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=self._group, startTime=self._since, filterPattern=""
        )
        for page in pages:
            for event in page["events"]:
                if event["eventId"] not in self._seen:
                    self._seen[event["eventId"]] = event["timestamp"]
                    yield event
        self._since = max(self._since, max(self._seen.values(), default=0) - OVERLAP)
        self._seen = {id: stamp for id, stamp in self._seen.items() if stamp >= self._since}


def _line(event: dict[str, Any]) -> Iterator[str]:
    """The line for a person, if the event is about an execution: one JSON object, whatever stands before it."""
    _, brace, rest = event["message"].partition("{")
    try:
        logged = json.loads(brace + rest)
    except ValueError:
        return
    if isinstance(logged, dict) and logged.get("executor_id"):
        clock = time.strftime("%H:%M:%S", time.localtime(event["timestamp"] / 1000))
        status = logged.get("status") or logged.get("event")
        yield f"{clock}  {status:<9}  {logged['executor_id']}  {logged.get('message') or ''}".rstrip()
