"""One line per execution, read from the attack function's log."""

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytz
from botocore.exceptions import BotoCoreError, ClientError

from infra.stages import TIMEZONE

ENGINE_ZONE = pytz.timezone(TIMEZONE)
Event = tuple[int, str, str]
"""Milliseconds, log stream, message: MiniStack gives its events no id."""

SECONDS_BETWEEN_LOOKS = 1.0
LONGEST_REMARK = 200
NO_END = ("executor started", "log")
"""Lines about an execution that do not tell what became of it."""
OVERLAP = 5_000
"""Milliseconds looked at again: lines of one instant may arrive one after the other."""


class Watch:
    """Follows one log group from now on."""

    def __init__(self, logs: Any, group: str) -> None:
        self._logs, self._group = logs, group
        self._since = int(time.time() * 1000)
        self._seen: set[Event] = set()

    async def follow(self) -> None:
        """Print the executions as they come, until cancelled."""
        while True:
            for line in await asyncio.to_thread(self.news):
                print(line, flush=True)
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)

    def news(self) -> list[str]:
        """Lines about what was logged since the last call. None while the log cannot be read."""
        try:
            found = set(self._events())
        except (BotoCoreError, ClientError):
            return []  # no execution yet, so no log group; or the local AWS is stopping
        new = sorted(found - self._seen)
        self._since = max([self._since, *(event[0] - OVERLAP for event in new)])
        self._seen = {event for event in found if event[0] >= self._since}
        return [line for milliseconds, _, message in new for line in _lines(milliseconds, message)]

    def _events(self) -> Iterator[Event]:
        pages = self._logs.get_paginator("filter_log_events").paginate(logGroupName=self._group, startTime=self._since)
        for page in pages:
            for event in page["events"]:
                yield event["timestamp"], event["logStreamName"], event["message"]


def _lines(milliseconds: int, message: str) -> Iterator[str]:
    """The line for a person, if the message is about an execution: one JSON object, whatever stands before it."""
    _, brace, rest = message.partition("{")
    try:
        logged = json.loads(brace + rest)
    except ValueError:
        return
    if isinstance(logged, dict) and logged.get("executor_id") and logged.get("event") not in NO_END:
        clock = datetime.fromtimestamp(milliseconds // 1000, ENGINE_ZONE)
        status = str(logged.get("event")).removeprefix("executor ")
        remark = logged.get("message") or json.dumps(logged.get("outcome"))
        yield f"{clock:%H:%M:%S}  {status:<9}  {logged['executor_id']}  {remark}"[:LONGEST_REMARK]
