"""What the engine needs of the rest of the world, in its own words.

Adapters keep these promises and are held to them by one contract suite (tests/contract). Every method may raise
``Unavailable``; nothing else but what its docstring names.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from chalicelib.inventory import Facts, Scheduled
from chalicelib.lifecycle import LifecycleEvent
from chalicelib.model import Config, Executor, Plan
from chalicelib.references import Reference
from chalicelib.resolution import Resolution


class Clock(Protocol):
    """Now, as an aware datetime in UTC."""

    def __call__(self) -> datetime: ...


class Schedules(Protocol):
    """One one-time schedule per executor, named after it."""

    def put_all(self, plan: Plan, executors: Sequence[Executor]) -> None:
        """Create the schedules of new executors, in parallel. One that is there already is no error. After a failure
        some may be there: ``drop_all``."""

    def put(self, plan: Plan, executor: Executor) -> None:
        """The executor's schedule at its date, whether or not there was one."""

    def drop_all(self, executor_ids: Iterable[str]) -> None:
        """Remove the schedules, in parallel. One that has gone is no error."""


class ScheduleBook(Protocol):
    """The schedules as they are."""

    def names(self, seen: Callable[[int], None]) -> frozenset[str]:
        """The names of all that are listed, whoever made them; a list may lag a moment behind."""

    def read(self, names: Iterable[str], seen: Callable[[int], None]) -> dict[str, Scheduled]:
        """Those of these schedules that there are, by name."""

    def expected(self, executor: Executor) -> Facts:
        """What the executor's schedule should say."""


class Deliveries(Protocol):
    """The way an executor reaches the attack function when no schedule can bring it."""

    def deliver_all(self, executors: Iterable[Executor]) -> None:
        """Hand the executors to the attack function now, in parallel, without waiting for them to run.

        One that fails does not hinder the others; ``Unavailable`` is raised when all were tried."""

    def deliver_early(self, executor: Executor, by: str | None = None) -> None:
        """Hand over an executor that is to run now, whatever its date, and who wants it."""


class EventPublisher(Protocol):
    """Whoever wants to know of the life of plans and executors."""

    def publish(self, events: Sequence[LifecycleEvent]) -> None:
        """Tell of what is on record, in that order. Never raises, and takes seconds at the most: what cannot be told is
        logged, for the table is the record."""


class Resolver(Protocol):
    """The way to what an attack could hit, for those who may not look themselves."""

    def resolve(self, attack: Config) -> Resolution:
        """What the attack ``{"ref", "args"}`` could hit now, or why that is not known. Nothing is changed."""

    def resolving(self, attack: Config) -> AbstractContextManager[Callable[[], Resolution]]:
        """The same while something else is done: what is given gives the answer, or raises. It waits some seconds at
        the most, and once it is left nothing is under way."""


class Alarms(Protocol):
    """What CloudWatch says of alarms."""

    def states(self, names: Sequence[str]) -> Mapping[str, str]:
        """``OK``, ``ALARM`` or ``INSUFFICIENT_DATA`` by name; a name that is no alarm's is left out."""


class Vault(Protocol):
    """Texts made unreadable for the table. Whoever may seal may not open, and the other way round."""

    def seal(self, plan_id: str, texts: Sequence[str]) -> list[str]:
        """Each text sealed (ASCII), to be opened for the same plan alone. One request to AWS for all of them."""

    def open(self, plan_id: str, sealed: str) -> str:
        """The text. Raises ``SecretUnreadable`` where it was not sealed for that plan, not by this stage's key, or has
        changed since."""


class SecretReader(Protocol):
    """Secrets that are kept elsewhere."""

    def read(self, reference: Reference) -> str:
        """The secret as it is now. Raises ``SecretUnreadable`` where there is none, or it may not be read."""
