"""Adapters that something happens to: a failure, or what another does at the same time."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from chalicelib.adapters.memory.schedules import MemoryDeliveries, MemorySchedules
from chalicelib.adapters.memory.store import MemoryStore
from chalicelib.errors import Lost, Unavailable

Event = Callable[[], object]


class Always(list[Event]):
    """The event of every call from now on."""

    def pop(self, index: int = 0) -> Event:  # type: ignore[override]
        return self[index]


class Meddled:
    """``before`` and ``after`` hold, by method, the events of its next calls; ``None`` lets a call pass."""

    def __init__(self, *args: Any) -> None:
        self.before: dict[str, list[Any]] = defaultdict(list)
        self.after: dict[str, list[Any]] = defaultdict(list)
        super().__init__(*args)

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name.startswith("_") or not callable(found):
            return found

        def meddled(*args: Any, **kwargs: Any) -> Any:
            _happen(self.before[name])
            result = found(*args, **kwargs)
            _happen(self.after[name])
            return result

        return meddled


class MeddledStore(Meddled, MemoryStore):
    pass


class MeddledSchedules(Meddled, MemorySchedules):
    pass


class MeddledDeliveries(Meddled, MemoryDeliveries):
    pass


def fail() -> None:
    """AWS fails; after a call: its answer is lost."""
    raise Unavailable("reaching AWS")


def lose() -> None:
    """Another was faster."""
    raise Lost("another was faster")


def _happen(events: list[Any]) -> None:
    event = events.pop(0) if events else None
    if event:
        event()
