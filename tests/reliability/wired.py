"""The engine over its real adapters, in an emulated AWS that is emptied between trials."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from chalicelib.adapters.aws.clients import client
from chalicelib.adapters.aws.deliveries import LambdaDeliveries
from chalicelib.adapters.aws.retry import Backoff
from chalicelib.adapters.dynamodb.row import Row
from chalicelib.adapters.dynamodb.store import DynamoStore
from chalicelib.adapters.events import event_bus
from chalicelib.adapters.scheduler.schedules import EventBridgeSchedules, ScheduleTarget
from chalicelib.config.settings import Settings
from chalicelib.domain.delivery import Refusal, delivery
from chalicelib.domain.engine_state import Limit
from chalicelib.domain.model import Executor
from chalicelib.ports.services import Deliveries
from tests.contract.builders import NOW, no_pause
from tests.reliability.faults import Wires
from tests.reliability.samples import ATTACKS, PLANNERS
from tests.reliability.samples.attacks.marked import Marked
from tests.reliability.samples.attacks.shut import Shut
from tests.support.world import MADRID, HandClock, World, world

ACCOUNT = "eu-west-1:123456789012"
A_LOT = 10**6
"""Attacks that are allowed in a day: they are counted, and never blocked."""
SECONDS_TO_LIVE = 900.0
"""What is left to the attack function when it is invoked."""


class Wired:
    """``width`` is how many requests the engine makes at once: with 1, a trial is the same each time."""

    def __init__(self, endpoint: str, stage: str, *, width: int = 1, backoff: Backoff | None = None) -> None:
        self.settings = Settings(
            stage=stage, timezone=MADRID, parallel_requests=width, leashed=False, limits=(Limit(per_day=A_LOT),)
        )
        self.clock = HandClock(NOW)
        backoff = backoff or Backoff(sleep=no_pause, rng=Random(7))
        self.store = DynamoStore(self.settings, self.clock, endpoint=endpoint, backoff=backoff)
        self.store.table.rows.create_table(wait=True)
        self.rows: type[Row] = self.store.table.rows
        scheduler = client("scheduler", connections=width, endpoint=endpoint)
        scheduler.create_schedule_group(Name=self.group)
        self._console = client("scheduler", connections=1, endpoint=endpoint)  # another's: it meets no fault
        self.schedules = EventBridgeSchedules(scheduler, self._target(), zone=MADRID, width=width, backoff=backoff)
        invoker = client("lambda", connections=width, endpoint=endpoint)
        self.deliveries = LambdaDeliveries(invoker, self.settings.attack_function, width=width, backoff=backoff)
        self.invoked: list[str] = []
        bus = event_bus.connect(endpoint=endpoint)
        self.publisher = event_bus.EventBridgePublisher(lambda: bus, stage)
        self.clients = (self.store.table.client, scheduler, invoker, bus)
        self.wires = Wires(*self.clients, served={"lambda.Invoke": self.invoked.append})
        self._trials = 0
        self.fresh()

    @property
    def group(self) -> str:
        return self.settings.schedule_group

    def fresh(self, deliveries: Deliveries | None = None) -> None:
        """Nothing is stored, scheduled, invoked or attacked, and nothing goes wrong."""
        self.wires.calm()
        every = [(row.pk, row.sk) for row in self.all_rows()]
        self.store.table.write_all("emptying the table", delete=every)
        self.drop(self.scheduled())
        self.invoked.clear()
        Marked.done.clear()
        Shut.shut.clear()
        Marked.in_the_middle.clear()
        self._trials += 1
        self.clock.now, self.clock.step = NOW, timedelta()
        self.world: World = world(
            clock=self.clock,
            store=self.store,  # type: ignore[arg-type]
            schedules=self.schedules,  # type: ignore[arg-type]
            deliveries=deliveries or self.deliveries,  # type: ignore[arg-type]
            publisher=self.publisher,  # type: ignore[arg-type]
            attacks=ATTACKS,
            planners=PLANNERS,
            stage=self.settings.stage,
            parallel_requests=self.settings.parallel_requests,
            limits=self.settings.limits,
        )
        self.world.creation = replace(self.world.creation, rng=Random(self._trials))  # ids that no trial before had

    def all_rows(self) -> list[Row]:
        return list(self.rows.scan(consistent_read=True))

    def scheduled(self) -> list[str]:
        """The names of the schedules there are."""
        return [each["Name"] for each in self._console.list_schedules(GroupName=self.group)["Schedules"]]

    def schedule(self, name: str) -> tuple[datetime, str]:
        """When it fires, and what it hands over."""
        found = self._console.get_schedule(Name=name, GroupName=self.group)
        return at(found["ScheduleExpression"]), found["Target"]["Input"]

    def drop(self, names: Iterable[str]) -> None:
        """Remove schedules as Scheduler does it once they have fired."""
        for name in names:
            self._console.delete_schedule(Name=name, GroupName=self.group)

    def fire(self, until: datetime) -> None:
        """Let time pass: what is scheduled, or was invoked, is delivered when its time has come, and then once more."""
        invoked, self.invoked[:] = list(self.invoked), []
        for event in invoked:
            self.deliver_twice(event)
        for due, event, name in sorted((*self.schedule(name), name) for name in self.scheduled()):
            if due <= until:
                self.clock.now = max(self.clock.now, due)
                self.drop([name])
                self.deliver_twice(event)
        self.clock.now = max(self.clock.now, until)

    def deliver_twice(self, event: str) -> None:
        for number in range(2):
            self.deliver(event, f"request-{number}")

    def deliver(self, event: str, request_id: str = "request") -> Executor | Refusal:
        """What the attack function is invoked with, and what it does."""
        delivered = delivery(json.loads(event), request_id, SECONDS_TO_LIVE)
        assert delivered, event
        return self.world.execution.execute(delivered)

    def sweep(self, **after: float) -> dict[str, int]:
        self.clock.advance(**after)
        return self.world.sweep.sweep()

    def _target(self) -> ScheduleTarget:
        return ScheduleTarget(
            group=self.group,
            function_arn=f"arn:aws:lambda:{ACCOUNT}:function:{self.settings.attack_function}",
            role_arn="arn:aws:iam::123456789012:role/chaosmonkey-test-scheduler",
            dead_letter_arn=f"arn:aws:sqs:{ACCOUNT}:chaosmonkey-test-undelivered",
            grace_seconds=self.settings.grace_seconds,
        )


def at(expression: str) -> datetime:
    """The date of a one-time schedule's expression, which is in UTC."""
    match = re.fullmatch(r"at\((.{19})\)", expression)
    assert match, expression
    return datetime.fromisoformat(match[1]).replace(tzinfo=UTC)
