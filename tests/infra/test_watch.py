"""The line that a person sees for each execution."""

import json
from typing import Any

from chalicelib.domain.zones import zone_named
from infra.local.watch import NO_END, Watch


class Logs:
    """A log group as the local AWS shows it: all events since an instant, again at every look."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def get_paginator(self, name: str) -> "Logs":
        assert name == "filter_log_events"
        return self

    def paginate(self, **request: Any) -> list[dict[str, Any]]:
        return [{"events": [event for event in self.events if event["timestamp"] >= request["startTime"]]}]

    def log(self, message: str, timestamp: int = 4_102_444_800_000) -> None:
        self.events.append({"timestamp": timestamp, "logStreamName": "stream", "message": message})


def test_every_execution_is_published_once() -> None:
    logs = Logs()
    watch = Watch(logs, "group", zone_named("Europe/Madrid"))
    logs.log('{"event": "executor succeeded", "executor_id": "a-0", "outcome": {"n": 1}}')
    assert watch.news() == ['01:00:00  succeeded  a-0  {"n": 1}']
    logs.log('[INFO] x {"event": "executor failed", "executor_id": "b-0", "message": "no match"}')
    assert watch.news() == ["01:00:00  failed     b-0  no match"]
    assert watch.news() == []


def test_what_is_no_execution_is_not_reported() -> None:
    logs = Logs()
    watch = Watch(logs, "group", zone_named("Europe/Madrid"))
    for message in ("START RequestId: 1", "{not json", '["executor_id"]', '{"event": "swept"}', "{}"):
        logs.log(message)
    for kind in NO_END:
        logs.log(json.dumps({"event": kind, "executor_id": "a-0"}))
    assert watch.news() == []
