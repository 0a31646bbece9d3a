"""The schedules as EventBridge Scheduler has them: ``ports.ScheduleBook``."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import pytz
from botocore.exceptions import ClientError

from chalicelib.adapters.aws.parallel import in_parallel
from chalicelib.adapters.aws.retry import Backoff
from chalicelib.adapters.scheduler.schedules import ScheduleTarget
from chalicelib.domain.dates import parse
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.model import Executor
from chalicelib.domain.snapshot import Facts, Scheduled
from chalicelib.domain.zones import zone_named

_PAGE = 100  # https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListSchedules.html
_ONCE = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)", re.ASCII)


class EventBridgeBook:
    """The schedules of a stage, read one by one: a list of Scheduler's holds no dates.

    ``client`` is a Scheduler client with at least ``width`` connections; so many requests are sent at a time.
    """

    def __init__(self, client: Any, target: ScheduleTarget, *, width: int, backoff: Backoff | None = None) -> None:
        self._client = client
        self._target = target
        self._width = width
        self._backoff = backoff or Backoff(shortest=0.1, longest=2.0)

    def names(self, seen: Callable[[int], None]) -> frozenset[str]:
        names: set[str] = set()
        following: dict[str, str] = {}
        while True:
            page = self._backoff.call(
                "listing the schedules",
                self._client.list_schedules,
                GroupName=self._target.group,
                MaxResults=_PAGE,
                **following,
            )
            names.update(each["Name"] for each in page["Schedules"])
            seen(len(page["Schedules"]))
            if not page.get("NextToken"):
                return frozenset(names)
            following = {"NextToken": page["NextToken"]}

    def read(self, names: Iterable[str], seen: Callable[[int], None]) -> dict[str, Scheduled]:
        def one(name: str) -> Scheduled | None:
            schedule = self._backoff.call("reading a schedule", self._get, name)
            seen(1)
            return None if schedule is None else _scheduled(name, schedule)

        found = in_parallel(one, names, width=self._width)
        return {schedule.name: schedule for schedule in found if schedule}

    def expected(self, executor: Executor) -> Facts:
        return _facts(self._target.schedule(executor))

    def _get(self, name: str) -> Mapping[str, Any] | None:
        try:
            schedule: Mapping[str, Any] = self._client.get_schedule(Name=name, GroupName=self._target.group)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return None
        return schedule


def _scheduled(name: str, schedule: Mapping[str, Any]) -> Scheduled:
    return Scheduled(
        name=name, facts=_facts(schedule), due=_due(schedule), enabled=schedule.get("State", "ENABLED") == "ENABLED"
    )


def _facts(schedule: Mapping[str, Any]) -> Facts:
    """Return what is compared of a schedule.

    A plan's name and the number of retries are left out, because a difference there does no harm.
    """
    due, target = _due(schedule), schedule["Target"]
    return {
        "date": f"{due:%Y-%m-%dT%H:%M:%SZ}" if due else schedule["ScheduleExpression"],
        "flexible window": schedule["FlexibleTimeWindow"]["Mode"],
        "after completion": schedule.get("ActionAfterCompletion", "NONE"),
        "function": target["Arn"],
        "role": target["RoleArn"],
        "input": _canonical(target.get("Input", "(none)")),
        "dead-letter queue": target.get("DeadLetterConfig", {}).get("Arn", "(none)"),
    }


def _due(schedule: Mapping[str, Any]) -> datetime | None:
    """Return when it fires, in UTC; None where it fires more than once, or at a date that the engine does not write."""
    match = _ONCE.fullmatch(schedule["ScheduleExpression"])
    if match is None:
        return None
    try:
        return parse(match[1], zone_named(schedule.get("ScheduleExpressionTimezone", "UTC")))
    except (InvalidRequest, pytz.UnknownTimeZoneError):
        return None


def _canonical(text: str) -> str:
    """Return the same text for equal documents. The key ``carries`` of older versions is ignored."""
    try:
        document = json.loads(text)
    except ValueError:
        return text
    if isinstance(document, dict):
        document.pop("carries", None)
    return json.dumps(document, sort_keys=True)
