"""Which executors a list is asked for, in the combinations that an index, or a plan's own partition, serves.

docs/adr/0001: executors lie in one index by whether they can still run or by how they ended, in another all together,
and in the table by their plan. Each is in the order of the dates, so any of them can be cut at two dates.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.errors import InvalidRequest
from chalicelib.model import Executor, Status, position

STATUSES = tuple(status for status in Status if status is not Status.CANCELLED)
"""Those that executors in lists have: what is cancelled is deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorFilter:
    """What executors must be to be listed; None asks for nothing. ``since`` is included, ``until`` is not.

    Raises ``InvalidRequest`` for what is not served, so one that could be made is served.
    """

    status: Status | None = None
    plan_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        if self.since and self.until and self.since >= self.until:
            raise InvalidRequest("since is not before until: give a since that is earlier")
        if self.status and not self.status.executed and self.plan_id is None:
            raise InvalidRequest(
                f"no index tells {Status.SCHEDULED} from {Status.RUNNING} executors: leave status out, since "
                "executed=false lists exactly these two, or name a plan as well"
            )

    @property
    def from_position(self) -> str | None:
        """The positions of what is listed are greater."""
        return None if self.since is None else position(self.since, "")

    @property
    def to_position(self) -> str | None:
        """The positions of what is listed are less."""
        return None if self.until is None else position(self.until, "")

    def of(self, executors: Iterable[Executor], *, everything: bool, after: str | None) -> list[Executor]:
        """Those of the executors that are asked for, in order, beyond the position ``after``.

        A status says which; ``everything`` counts where there is none: without it only those that have not ended.
        """
        wanted = [
            each
            for each in executors
            if (each.status is self.status if self.status else everything or not each.status.executed)
            and (self.plan_id is None or each.plan_id == self.plan_id)
            and (self.since is None or self.since <= each.due)
            and (self.until is None or each.due < self.until)
            and (after is None or after < each.position)
        ]
        return sorted(wanted, key=lambda each: each.position)


ANY = ExecutorFilter()
