"""What docs/how-to/operate-a-stage.md shows is what is published and logged."""

import json
import re
from contextvars import Context
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.adapters.events.event_bus import EventBridgePublisher
from chalicelib.domain.delivery import Refusal
from chalicelib.domain.events import Happened, LifecycleEvent
from chalicelib.domain.model import Failure
from chalicelib.runtime.metrics import NAMESPACE, OF_LIFECYCLE, OF_SWEEP, OF_UNDO, REFUSED, SWEEP_FAILED, UNDELIVERED
from infra.packaging.package import ROOT
from tests.infra.test_templates import alarms

PAGE = (ROOT / "docs" / "how-to" / "operate-a-stage.md").read_text()


class Notebook:
    """In the place of EventBridge's client: keeps what it is asked to put."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:
        self.entries += Entries
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in Entries]}


@pytest.fixture
def shown() -> dict[str, Any]:
    """The page's example."""
    [example] = re.findall(r"```json\n(\{\n  \"source\".*?)```", PAGE, re.DOTALL)
    return dict(json.loads(example))


def test_the_example_of_an_event_is_what_is_published(shown: dict[str, Any]) -> None:
    notebook, detail = Notebook(), shown["detail"]
    publisher = EventBridgePublisher(lambda: notebook, detail["stage"])
    event = LifecycleEvent(
        happened=Happened.EXECUTOR_FAILED,
        at=datetime(2027, 6, 21, 13, 30, 20, tzinfo=UTC),
        plan_id=detail["plan_id"],
        executor_id=detail["executor_id"],
        name=detail["name"],
        attack=detail["attack"],
        due=datetime(2027, 6, 21, 13, 30, tzinfo=UTC),
        target=detail["target"],
        error=Failure(**detail["error"]),
    )
    Context().run(publisher.publish, [event])
    [entry] = notebook.entries
    assert (entry["Source"], entry["DetailType"]) == (shown["source"], shown["detail-type"])
    assert json.loads(entry["Detail"]) == detail


def test_every_kind_of_event_is_listed_and_no_other() -> None:
    listed = set(re.findall(r"`((?:Plan|Executor) [A-Z][a-z]+)`", PAGE))
    assert listed == {happened.value for happened in Happened}


def test_the_metrics_are_those_that_are_counted_and_their_reasons() -> None:
    [section] = re.findall(r"## Metrics\n(.*?)\n## ", PAGE, re.DOTALL)
    named = set(re.findall(r"`([A-Z]\w+)`", section)) - {"ChaosMonkey", "Stage", "Reason"}
    reasons = {refusal.name.capitalize() for refusal in Refusal}
    assert (
        named
        == {
            *OF_LIFECYCLE.values(),
            *OF_UNDO.values(),
            *OF_SWEEP.values(),
            REFUSED,
            UNDELIVERED,
            SWEEP_FAILED,
            "Recorded",
        }
        | reasons
    )
    assert f"`{NAMESPACE}`" in section


def test_the_alarms_are_those_of_the_template() -> None:
    [section] = re.findall(r"## Alarms\n(.*?)\n## ", PAGE, re.DOTALL)
    assert set(re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE)) == set(alarms())


def test_the_events_of_the_log_are_those_that_the_functions_write() -> None:
    [section] = re.findall(r"## Logs\n(.*?)\n## ", PAGE, re.DOTALL)
    rows = re.findall(r"^\| (`[a-z` ,]+`) \|", section, re.MULTILINE)
    named = {event for row in rows for event in re.findall(r"`([a-z ]+)`", row)}
    modules = [*(ROOT / "chalicelib" / "handlers").glob("*.py"), ROOT / "chalicelib" / "api" / "http.py"]
    handlers = "".join(path.read_text() for path in modules)
    written = set(re.findall(r"(?:emit|_say)\(\s*\"([a-z ]+)\"", handlers))
    assert named == written | {happened.lower() for happened in Happened} | {"log"}
