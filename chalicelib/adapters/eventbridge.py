"""Schedules in Amazon EventBridge Scheduler: ``ports.Schedules``.

One one-time schedule per executor, named after it, in UTC because a local hour comes twice a year; the description
holds the local time. It deletes itself when it has fired, which keeps the quota free: the table is the record.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.backoff import Backoff
from chalicelib.adapters.delivery import payload, scheduled_payload
from chalicelib.adapters.description import description
from chalicelib.adapters.parallel import in_parallel
from chalicelib.appointment import tried_for
from chalicelib.errors import Unavailable
from chalicelib.model import Executor, Plan

_ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleTarget:
    """Whom the schedules invoke and as whom, what becomes of what Scheduler gives up on, and when it does."""

    group: str
    function_arn: str
    role_arn: str
    dead_letter_arn: str
    grace_seconds: int

    def schedule(self, executor: Executor, plan: Plan | None = None) -> dict[str, Any]:
        """An executor's schedule as Scheduler is told of it, but for its name, its group and its description; without
        its plan, but for what it carries too."""
        return {
            "ScheduleExpression": f"at({executor.due:%Y-%m-%dT%H:%M:%S})",
            "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Target": {
                "Arn": self.function_arn,
                "RoleArn": self.role_arn,
                "Input": scheduled_payload(plan, executor) if plan else payload(executor),
                "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": tried_for(self.grace_seconds)},
                "DeadLetterConfig": {"Arn": self.dead_letter_arn},
            },
        }


class EventBridgeSchedules:
    """``client`` is a Scheduler client with at least ``width`` connections; ``zone`` is the engine's."""

    def __init__(
        self, client: Any, target: ScheduleTarget, *, zone: tzinfo, width: int, backoff: Backoff | None = None
    ) -> None:
        self._client = client
        self._target = target
        self._zone = zone
        self._width = width
        self._backoff = backoff or Backoff(shortest=0.1, longest=2.0)

    def put_all(self, plan: Plan, executors: Sequence[Executor]) -> None:
        in_parallel(lambda executor: self._create(plan, executor), executors, width=self._width)

    def put(self, plan: Plan, executor: Executor) -> None:
        """Another may create or delete it between two requests, so the two are tried more than once."""
        for _ in range(_ROUNDS):
            if self._update(plan, executor) or self._create(plan, executor):
                return
        raise Unavailable("rescheduling the executor")

    def drop_all(self, executor_ids: Iterable[str]) -> None:
        in_parallel(self._drop, executor_ids, width=self._width)

    def _create(self, plan: Plan, executor: Executor) -> bool:
        """False where there was one already."""
        request = partial(self._client.create_schedule, **self._schedule(plan, executor))
        return self._sent("scheduling the executor", request, unless="ConflictException")

    def _update(self, plan: Plan, executor: Executor) -> bool:
        """False where there was none. An update replaces everything, so it says everything."""
        request = partial(self._client.update_schedule, **self._schedule(plan, executor))
        return self._sent("rescheduling the executor", request, unless="ResourceNotFoundException")

    def _drop(self, executor_id: str) -> bool:
        """False where there was none."""
        request = partial(self._client.delete_schedule, Name=executor_id, GroupName=self._target.group)
        return self._sent("removing the schedule", request, unless="ResourceNotFoundException")

    def _sent(self, operation: str, request: Callable[[], object], *, unless: str) -> bool:
        """Whether AWS did it; False where it answered with the error that was to be expected."""

        def send() -> bool:
            try:
                request()
            except ClientError as error:
                if error.response["Error"]["Code"] != unless:
                    raise
                return False
            return True

        return self._backoff.call(operation, send)

    def _schedule(self, plan: Plan, executor: Executor) -> dict[str, Any]:
        return {
            "Name": executor.id,
            "GroupName": self._target.group,
            "Description": description(plan, executor, self._zone),
            **self._target.schedule(executor, plan),
        }
