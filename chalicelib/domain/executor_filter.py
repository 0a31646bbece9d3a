"""Filter executors, in the combinations that an index or a plan's own partition serves.

One index holds executors by whether they can still run or by how they ended. Another holds all of them, and the table
holds them by plan (docs/adr/0001). Each is in the order of the dates, so each can be cut at two dates.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.model import Executor, Status
from chalicelib.domain.page import position

STATUSES = tuple(status for status in Status if status is not Status.CANCELLED)
"""Those that executors in lists have: what is cancelled is deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorFilter:
    """A filter of executors; None filters nothing. ``since`` is included, ``until`` is not.

    Raises ``InvalidRequest`` for a combination that no index serves, so every filter that exists is served.
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
                f"no index separates {Status.SCHEDULED} from {Status.RUNNING} executors: leave status out, since "
                "executed=false lists exactly these two, or name a plan as well"
            )

    @property
    def from_position(self) -> str | None:
        """Return the position below every executor that is listed, not itself included."""
        return None if self.since is None else position(self.since, "")

    @property
    def to_position(self) -> str | None:
        """Return the position above every executor that is listed, not itself included."""
        return None if self.until is None else position(self.until, "")

    def of(self, executors: Iterable[Executor], *, everything: bool, after: str | None) -> list[Executor]:
        """Return the executors that pass, in order, beyond the position ``after``.

        Without a status, ``everything`` decides whether those that have ended pass.
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
