"""What docs/console.md says of a schedule is what the engine writes."""

from datetime import UTC, datetime
from typing import Any

import pytest
import pytz

from chalicelib.adapters.eventbridge import EventBridgeSchedules, ScheduleTarget
from chalicelib.settings import Settings
from infra.generate import FOLDER
from infra.package import ROOT
from infra.stages import STAGES, TIMEZONE
from tests.contract.builders import draft

PAGE = (ROOT / "docs" / "console.md").read_text()
DUE = datetime(2027, 6, 21, 13, 30, tzinfo=UTC)
SETTINGS = Settings(stage="dev", timezone=pytz.timezone(TIMEZONE))


class Notebook:
    """In the place of Scheduler's client: keeps what it is asked to write."""

    def __init__(self) -> None:
        self.created: dict[str, Any] = {}
        self.updated: dict[str, Any] = {}

    def create_schedule(self, **schedule: Any) -> None:
        self.created = schedule

    def update_schedule(self, **schedule: Any) -> None:
        self.updated = schedule


@pytest.fixture
def notebook() -> Notebook:
    """After a plan's one executor was scheduled, and moved."""
    notebook = Notebook()
    target = ScheduleTarget(
        group=SETTINGS.schedule_group,
        function_arn=f"arn:aws:lambda:eu-west-1:123456789012:function:{SETTINGS.attack_function}",
        role_arn=f"arn:aws:iam::123456789012:role/{SETTINGS.scheduler_role}",
        dead_letter_arn=f"arn:aws:sqs:eu-west-1:123456789012:{SETTINGS.dead_letter_queue}",
        grace_seconds=SETTINGS.grace_seconds,
    )
    schedules = EventBridgeSchedules(notebook, target, zone=SETTINGS.timezone, width=1)
    plan, executors = draft(1, dues=[DUE], name="Monday chaos")
    schedules.put_all(plan, executors)
    schedules.put(plan, executors[0])
    assert notebook.created["Name"] == executors[0].id
    return notebook


def test_the_description_and_the_date_read_as_shown(notebook: Notebook) -> None:
    assert f"`{notebook.created['Description']}`" in PAGE
    assert f"`{notebook.created['ScheduleExpression']}`" in PAGE
    assert notebook.created["ScheduleExpressionTimezone"] == "UTC"
    assert notebook.created["ActionAfterCompletion"] == "DELETE"


def test_the_retries_and_the_queue_are_those_told(notebook: Notebook) -> None:
    target = notebook.created["Target"]
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 15 * 60}
    assert "2 retries within the grace (15 minutes" in PAGE
    for name in (target["Arn"], target["DeadLetterConfig"]["Arn"]):
        assert f"`{name.rpartition(':')[2].replace('dev', '<stage>')}`" in PAGE


def test_a_schedule_that_is_moved_is_enabled(notebook: Notebook) -> None:
    """An update replaces everything: a state that is not named is ENABLED, Scheduler's default."""
    assert notebook.updated
    assert "State" not in notebook.updated


def test_a_disabled_one_is_missed_with_the_words_told() -> None:
    said = f"it was not delivered within {SETTINGS.grace_seconds} seconds of its due: nothing was attacked"
    assert said in PAGE
    template = said.replace(str(SETTINGS.grace_seconds), "{self.settings.grace_seconds}")
    assert template in (ROOT / "chalicelib" / "sweep.py").read_text()
    assert "Rate(5, unit=Rate.MINUTES)" in (ROOT / "chalicelib" / "sweep_handler.py").read_text()


def test_the_log_groups_are_those_that_the_policies_name() -> None:
    for stage in STAGES:
        for function in ("api", "attack", "sweep"):
            policy = (FOLDER / f"policy-{function}-{stage.name}.json").read_text()
            suffix = "" if function == "api" else f"-{function}"
            assert f":/aws/lambda/chaosmonkey-{stage.name}{suffix}:*" in policy
            assert f"`/aws/lambda/chaosmonkey-<stage>{suffix}`" in PAGE
