"""Name a stored row that this engine cannot read.

Another version or a person may have written it, or somebody restored it from elsewhere.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The kind of thing that the row records."""

    PLAN = "plan"
    EXECUTOR = "executor"
    ENTRY = "history entry"
    KEY = "idempotency key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A row that cannot be read, and why. The engine lists it, leaves it as it is, and never attacks because of it.

    ``position`` is its place in the lists, as in ``Listed``. ``plan_id`` is the plan it belongs to, None for an entry
    of the engine's history.
    """

    kind: Kind
    id: str
    plan_id: str | None
    problem: str
    position: str = ""
