"""Schedules in Amazon EventBridge Scheduler: ``ports.Schedules``.

One one-time schedule per executor, named after it, in UTC because a local hour comes twice a year; the description
holds the local time. It deletes itself when it has fired, which keeps the quota free: the table is the record.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws.delivery import payload
from chalicelib.adapters.aws.parallel import in_parallel
from chalicelib.adapters.aws.retry import Backoff
from chalicelib.adapters.scheduler.description import description
from chalicelib.domain.delivery import tried_for
from chalicelib.domain.model import Executor, Plan, truncate_to_second
from chalicelib.domain.unavailable import Unavailable
from chalicelib.ports.services import Clock

_ROUNDS = 3
SOON = timedelta(seconds=60)
"""Scheduler is exact to the minute."""

MOST_ATTEMPTS = 185
"""As many as Scheduler allows: the age alone bounds them. Two would be over in seconds of an outage.
https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleTarget:
    """Whom the schedules invoke and as whom, what becomes of what Scheduler gives up on, and when it does."""

    group: str
    function_arn: str
    role_arn: str
    dead_letter_arn: str
    grace_seconds: int

    def schedule(self, executor: Executor, at: datetime | None = None) -> dict[str, Any]:
        """Return an executor's schedule as CreateSchedule takes it, but for its name, group and description. It fires
        ``at``, or when the executor is due."""
        return {
            "ScheduleExpression": f"at({at or executor.due:%Y-%m-%dT%H:%M:%S})",
            "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Target": {
                "Arn": self.function_arn,
                "RoleArn": self.role_arn,
                "Input": payload(executor),
                "RetryPolicy": {
                    "MaximumRetryAttempts": MOST_ATTEMPTS,
                    "MaximumEventAgeInSeconds": tried_for(self.grace_seconds),
                },
                "DeadLetterConfig": {"Arn": self.dead_letter_arn},
            },
        }


class EventBridgeSchedules:
    """The schedules of a stage. ``client`` is a Scheduler client with at least ``width`` connections; ``zone`` is the
    engine's.

    Scheduler may refuse a date that has passed, or fire at once. So no request names one: the schedule of what is due
    fires ``SOON``, and its input names the executor's own date.
    """

    def __init__(
        self,
        client: Any,
        target: ScheduleTarget,
        *,
        zone: tzinfo,
        width: int,
        backoff: Backoff | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._clock = clock or (lambda: datetime.now(UTC))
        self._client = client
        self._target = target
        self._zone = zone
        self._width = width
        self._backoff = backoff or Backoff(shortest=0.1, longest=2.0)

    def put_all(self, plan: Plan, executors: Sequence[Executor]) -> None:
        in_parallel(lambda executor: self._create(plan, executor), executors, width=self._width)

    def put(self, plan: Plan, executor: Executor) -> None:
        """Put the schedule. Another may create or delete it between two requests, so both are tried more than once."""
        for _ in range(_ROUNDS):
            if self._update(plan, executor) or self._create(plan, executor):
                return
        raise Unavailable("rescheduling the executor")

    def drop_all(self, executor_ids: Iterable[str]) -> None:
        in_parallel(self._drop, executor_ids, width=self._width)

    def _create(self, plan: Plan, executor: Executor) -> bool:
        """Return False where there was one already."""
        create = self._client.create_schedule
        return self._write("scheduling the executor", create, plan, executor, unless="ConflictException")

    def _update(self, plan: Plan, executor: Executor) -> bool:
        """Return False where there was none. An update replaces everything, so it says everything."""
        update = self._client.update_schedule
        return self._write("rescheduling the executor", update, plan, executor, unless="ResourceNotFoundException")

    def _write(
        self, operation: str, call: Callable[..., object], plan: Plan, executor: Executor, *, unless: str
    ) -> bool:
        """Send the executor's schedule, and a later one where Scheduler refuses a date that is near: its clock may be
        ahead of this one. Return False where it answers with the error that was to be expected."""

        def send() -> bool:
            first, *later = self._dates(executor.due)
            try:
                return _sent(partial(call, **self._schedule(plan, executor, first)), unless)
            except ClientError as error:
                if not later or error.response["Error"]["Code"] != "ValidationException":
                    raise
            return _sent(partial(call, **self._schedule(plan, executor, later[0])), unless)

        return self._backoff.call(operation, send)

    def _dates(self, due: datetime) -> Sequence[datetime]:
        """Return the dates at which the schedule may fire, the best first."""
        now = truncate_to_second(self._clock())
        if due > now + SOON:
            return [due]
        return [due if due > now else now + SOON, now + 2 * SOON]

    def _drop(self, executor_id: str) -> bool:
        """Return False where there was none."""
        request = partial(self._client.delete_schedule, Name=executor_id, GroupName=self._target.group)
        return self._backoff.call("removing the schedule", _sent, request, "ResourceNotFoundException")

    def _schedule(self, plan: Plan, executor: Executor, at: datetime) -> dict[str, Any]:
        return {
            "Name": executor.id,
            "GroupName": self._target.group,
            "Description": description(plan, executor, self._zone),
            **self._target.schedule(executor, at),
        }


def _sent(request: Callable[[], object], unless: str) -> bool:
    """Return whether AWS did it; False where it answered with the error that was to be expected."""
    try:
        request()
    except ClientError as error:
        if error.response["Error"]["Code"] != unless:
            raise
        return False
    return True
