"""Print one line per execution, read from the attack function's log."""

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

Event = tuple[int, str, str]
"""Milliseconds, log stream, message: MiniStack gives its events no id."""

SECONDS_BETWEEN_LOOKS = 1.0
LONGEST_REMARK = 200
NO_END = ("executor started", "log")
"""Log events about an execution that do not end it."""
OVERLAP = 5_000
"""Milliseconds that are read again, because lines of one instant may arrive one after the other."""


class Watch:
    """A follower of one log group, from now on. It prints times of this ``zone``."""

    def __init__(self, logs: Any, group: str, zone: tzinfo) -> None:
        self._logs, self._group, self._zone = logs, group, zone
        self._since = int(time.time() * 1000)
        self._seen: set[Event] = set()

    async def follow(self) -> None:
        """Print the executions as they end, until cancelled."""
        while True:
            for line in await asyncio.to_thread(self.news):
                print(line, flush=True)
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)

    def news(self) -> list[str]:
        """Return lines about the events since the last call, none while the log cannot be read."""
        try:
            found = set(self._events())
        except (BotoCoreError, ClientError):
            return []  # no execution yet, so no log group; or the local AWS is stopping
        new = sorted(found - self._seen)
        self._since = max([self._since, *(event[0] - OVERLAP for event in new)])
        self._seen = {event for event in found if event[0] >= self._since}
        return [line for milliseconds, _, message in new for line in _lines(milliseconds, message, self._zone)]

    def _events(self) -> Iterator[Event]:
        pages = self._logs.get_paginator("filter_log_events").paginate(logGroupName=self._group, startTime=self._since)
        for page in pages:
            for event in page["events"]:
                yield event["timestamp"], event["logStreamName"], event["message"]


def _lines(milliseconds: int, message: str, zone: tzinfo) -> Iterator[str]:
    """Yield the line to print if the message is about an execution: one JSON object after any prefix."""
    _, brace, rest = message.partition("{")
    try:
        logged = json.loads(brace + rest)
    except ValueError:
        return
    if isinstance(logged, dict) and logged.get("executor_id") and logged.get("event") not in NO_END:
        clock = datetime.fromtimestamp(milliseconds // 1000, zone)
        status = str(logged.get("event")).removeprefix("executor ")
        remark = logged.get("message") or json.dumps(logged.get("outcome"))
        yield f"{clock:%H:%M:%S}  {status:<9}  {logged['executor_id']}  {remark}"[:LONGEST_REMARK]
