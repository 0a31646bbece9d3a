"""Define the ports to the services beside the store: schedules, deliveries, events, targets, alarms, secrets.

One contract suite (tests/contract) holds every adapter to these promises. Every method may raise ``Unavailable``, and
else only what its docstring names.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from chalicelib.domain.events import LifecycleEvent
from chalicelib.domain.model import Config, Executor, Plan
from chalicelib.domain.secret_reference import Reference
from chalicelib.domain.snapshot import Facts, Scheduled
from chalicelib.domain.targets import Resolution


class Clock(Protocol):
    """Now, as an aware datetime in UTC."""

    def __call__(self) -> datetime: ...


class Schedules(Protocol):
    """One one-time schedule per executor, named after it."""

    def put_all(self, plan: Plan, executors: Sequence[Executor]) -> None:
        """Create the schedules of new executors, in parallel. One that is there already is no error. After a failure
        some may be there: ``drop_all``."""

    def put(self, plan: Plan, executor: Executor) -> None:
        """Create the executor's schedule, or move it to the executor's date."""

    def drop_all(self, executor_ids: Iterable[str]) -> None:
        """Remove the schedules, in parallel. One that has gone is no error."""


class ScheduleBook(Protocol):
    """The schedules as they are."""

    def names(self, seen: Callable[[int], None]) -> frozenset[str]:
        """Return the names of all schedules that are listed, whoever made them; the list may lag a moment behind."""

    def read(self, names: Iterable[str], seen: Callable[[int], None]) -> dict[str, Scheduled]:
        """Return those of these schedules that exist, by name."""

    def expected(self, executor: Executor) -> Facts:
        """Return what the executor's schedule should be."""


class Deliveries(Protocol):
    """The way an executor reaches the attack function when no schedule can bring it."""

    def deliver_all(self, executors: Iterable[Executor]) -> None:
        """Hand the executors to the attack function now, in parallel, without waiting for them to run.

        One that fails does not hinder the others; ``Unavailable`` is raised when all were tried."""

    def deliver_early(self, executor: Executor, by: str | None = None) -> None:
        """Hand over an executor that is to run now, whatever its date, and who wants it."""


class EventPublisher(Protocol):
    """The subscribers to the lifecycle of plans and executors."""

    def publish(self, events: Sequence[LifecycleEvent]) -> None:
        """Publish events that are on record, in that order. Never raises, and takes a few seconds at the most.

        An event that cannot be published is logged: the table is the record.
        """


class Resolver(Protocol):
    """The way to what an attack could hit, for those who may not look themselves."""

    def resolve(self, attack: Config) -> Resolution:
        """Return the targets of the attack ``{"ref", "args"}`` now, or why they are unknown. Changes nothing."""

    def resolving(self, attack: Config) -> AbstractContextManager[Callable[[], Resolution]]:
        """Resolve while something else is done: the context gives a function that returns the answer, or raises.

        The function waits some seconds at the most. Leaving the context ends what is under way.
        """


class Alarms(Protocol):
    """The states of CloudWatch alarms."""

    def states(self, names: Sequence[str]) -> Mapping[str, str]:
        """Return ``OK``, ``ALARM`` or ``INSUFFICIENT_DATA`` by name; a name without an alarm is left out."""


class Vault(Protocol):
    """Encryption of texts for the table. A function that may encrypt may not decrypt, and the other way round."""

    def seal(self, plan_id: str, texts: Sequence[str]) -> list[str]:
        """Encrypt each text (the result is ASCII), for the same plan alone. One request to AWS for all of them."""

    def open(self, plan_id: str, sealed: str) -> str:
        """Decrypt a text. Raises ``SecretUnreadable`` for one of another plan, of another stage's key, or that was
        changed."""


class SecretReader(Protocol):
    """Secrets in Secrets Manager and Parameter Store."""

    def read(self, reference: Reference) -> str:
        """Return the secret's current value. Raises ``SecretUnreadable`` where it does not exist or may not be read."""
