"""Adapters that something happens to: a failure, or what another does at the same time."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from chalicelib.adapters.memory.schedules import MemoryDeliveries, MemorySchedules
from chalicelib.adapters.memory.store import MemoryStore
from chalicelib.domain.errors import WriteConflict
from chalicelib.domain.unavailable import Unavailable
from chalicelib.ports.services import Clock

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
        return found if name.startswith("_") or not callable(found) else _meddled(name, found, self)


class MeddledPort:
    """One of a store's ports, whose calls have the events of the store."""

    def __init__(self, port: Any, events: "MeddledStore") -> None:
        self._port, self._events = port, events

    def __getattr__(self, name: str) -> Any:
        return _meddled(name, getattr(self._port, name), self._events)


class MeddledStore(MemoryStore):
    """``before`` and ``after`` as for ``Meddled``, for the methods of all its ports."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.before: dict[str, list[Any]] = defaultdict(list)
        self.after: dict[str, list[Any]] = defaultdict(list)
        for name, port in [*vars(self).items()]:
            if name not in ("before", "after", "rows"):
                setattr(self, name, MeddledPort(port, self))


class MeddledSchedules(Meddled, MemorySchedules):
    pass


class MeddledDeliveries(Meddled, MemoryDeliveries):
    pass


def fail() -> None:
    """AWS fails; after a call: its answer is lost."""
    raise Unavailable("reaching AWS")


def lose() -> None:
    """Another was faster."""
    raise WriteConflict("another was faster")


def _happen(events: list[Any]) -> None:
    event = events.pop(0) if events else None
    if event:
        event()


def _meddled(name: str, method: Callable[..., Any], events: Meddled | MeddledStore) -> Callable[..., Any]:
    def meddled(*args: Any, **kwargs: Any) -> Any:
        _happen(events.before[name])
        result = method(*args, **kwargs)
        _happen(events.after[name])
        return result

    return meddled
