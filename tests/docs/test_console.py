"""docs/reference/schedules.md and docs/how-to/use-the-aws-console.md say of a schedule what the engine writes."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
import pytz

from chalicelib.adapters.scheduler.schedules import EventBridgeSchedules, ScheduleTarget
from chalicelib.config.settings import Settings
from chalicelib.domain.delivery import Refusal
from chalicelib.domain.ids import new_plan_id
from chalicelib.domain.model import Status
from infra.packaging.package import ROOT
from infra.stage.generate import FOLDER
from infra.stage.stages import STAGES, TIMEZONE
from tests.contract.builders import draft
from tests.support.world import world

PAGE = (ROOT / "docs" / "reference" / "schedules.md").read_text()
CHAPTER = (ROOT / "docs" / "how-to" / "use-the-aws-console.md").read_text()
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


def schedules(notebook: Notebook, settings: Settings = SETTINGS) -> EventBridgeSchedules:
    target = ScheduleTarget(
        group=settings.schedule_group,
        function_arn=f"arn:aws:lambda:eu-west-1:123456789012:function:{settings.attack_function}",
        role_arn=f"arn:aws:iam::123456789012:role/{settings.scheduler_role}",
        dead_letter_arn=f"arn:aws:sqs:eu-west-1:123456789012:{settings.dead_letter_queue}",
        grace_seconds=settings.grace_seconds,
    )
    return EventBridgeSchedules(notebook, target, zone=settings.timezone, width=1)


@pytest.fixture
def notebook() -> Notebook:
    """After a plan's one executor was scheduled, and moved."""
    notebook = Notebook()
    plan, executors = draft(1, dues=[DUE], name="Monday chaos")
    schedules(notebook).put_all(plan, executors)
    schedules(notebook).put(plan, executors[0])
    assert notebook.created["Name"] == executors[0].id
    return notebook


def test_the_description_and_the_date_read_as_shown(notebook: Notebook) -> None:
    assert f"`{notebook.created['Description']}`" in PAGE
    assert f"`{notebook.created['ScheduleExpression']}`" in PAGE
    assert notebook.created["ScheduleExpressionTimezone"] == "UTC"
    assert notebook.created["ActionAfterCompletion"] == "DELETE"


def test_the_example_of_the_readme_is_what_the_engine_writes() -> None:
    notebook, hour = Notebook(), timedelta(hours=1)
    plan, executors = draft(
        plan_id=new_plan_id(DUE - 7.5 * hour, Random(7)),
        dues=[DUE + number * hour for number in range(-7, 3)],
        name="Monday chaos",
    )
    schedules(notebook, replace(SETTINGS, stage="prod")).put_all(plan, executors[7:8])

    shown = dict(re.split(" {2,}", line) for line in CHAPTER.split("```")[1].strip().splitlines())

    assert shown == {
        "name": notebook.created["Name"],
        "group": notebook.created["GroupName"],
        "description": notebook.created["Description"],
        "schedule": notebook.created["ScheduleExpression"],
        "time zone": notebook.created["ScheduleExpressionTimezone"],
        "target": notebook.created["Target"]["Arn"].rpartition(":")[2],
    }
    assert "One of ten attacks" in CHAPTER
    assert shown["name"].startswith(plan.id)


@pytest.mark.parametrize("text", [PAGE, CHAPTER], ids=["console.md", "use-the-aws-console.md"])
def test_the_group_is_named(notebook: Notebook, text: str) -> None:
    assert f"group **`{notebook.created['GroupName'].replace('dev', '<stage>')}`**" in text


def test_a_description_is_as_long_as_documented_and_the_plans_name_is_cut() -> None:
    notebook = Notebook()
    schedules(notebook).put_all(*draft(1, dues=[DUE], name="x" * 600))
    assert len(notebook.created["Description"]) == 512
    assert notebook.created["Description"].endswith("xxx")
    assert "at most 512 characters; a long plan name is cut" in " ".join(CHAPTER.split())


def test_the_retries_and_the_queue_are_those_documented(notebook: Notebook) -> None:
    target = notebook.created["Target"]
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 185, "MaximumEventAgeInSeconds": 10 * 60}
    assert "retries for 10 minutes (five less than the grace" in PAGE
    for name in (target["Arn"], target["DeadLetterConfig"]["Arn"]):
        assert f"`{name.rpartition(':')[2].replace('dev', '<stage>')}`" in PAGE


def test_the_input_is_as_shown(notebook: Notebook) -> None:
    given = json.loads(notebook.created["Target"]["Input"])
    shown = re.search(r'`(\{"executor_id".*?\})`', PAGE)
    assert shown and given.keys() == json.loads(shown[1]).keys()
    assert given["due"] == json.loads(shown[1])["due"]


def test_a_schedule_that_is_moved_is_enabled(notebook: Notebook) -> None:
    """An update replaces everything: a state that is not named is ENABLED, Scheduler's default."""
    assert notebook.updated
    assert "State" not in notebook.updated


@pytest.mark.parametrize("text", [PAGE, CHAPTER], ids=["console.md", "use-the-aws-console.md"])
def test_a_disabled_one_is_missed_with_the_documented_words_and_that_is_final(text: str) -> None:
    some = world()
    executor = some.executor()
    some.clock.now = executor.due + timedelta(seconds=some.settings.grace_seconds + 1)
    some.sweep.sweep()
    missed = some.executors.get(executor.id)
    assert (missed.status, some.deliver(executor)) == (Status.MISSED, Refusal.ENDED)
    assert missed.error is not None
    assert f"*{missed.error.message}*" in " ".join(text.split())
    assert executor.id in some.schedules.dues, "it is left to who disabled it"


@pytest.mark.parametrize("text", [PAGE, CHAPTER], ids=["console.md", "use-the-aws-console.md"])
def test_the_sweep_and_the_grace_are_as_long_as_documented(text: str) -> None:
    assert "every 5 minutes" in text
    assert "Rate(5, unit=Rate.MINUTES)" in (ROOT / "chalicelib" / "handlers" / "sweep.py").read_text()
    assert "(15 minutes" in text
    assert SETTINGS.grace_seconds == 15 * 60


def test_a_date_that_was_made_earlier_in_the_console_is_refused_with_the_documented_words() -> None:
    some = world()
    refused = some.deliver(some.executor())
    assert refused is Refusal.EARLY
    assert f"(*{refused}*)" in CHAPTER


def test_deleting_an_executor_or_its_plan_removes_the_schedule_whatever_its_state() -> None:
    some = world()
    first, second = some.executor(), some.executor()
    some.executors.delete(first.id)
    some.plans.delete(second.plan_id)
    assert some.schedules.dues == {}


def test_the_log_groups_are_those_that_the_policies_name() -> None:
    for stage in STAGES:
        for function in ("api", "attack", "resolve", "sweep", "undelivered"):
            policy = (FOLDER / f"policy-{function}-{stage.name}.json").read_text()
            suffix = "" if function == "api" else f"-{function}"
            assert f":/aws/lambda/chaosmonkey-{stage.name}{suffix}:*" in policy
            assert f"`/aws/lambda/chaosmonkey-<stage>{suffix}`" in PAGE
