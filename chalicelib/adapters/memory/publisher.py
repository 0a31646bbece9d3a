"""Lifecycle events in memory: what would have been published."""

from collections.abc import Sequence

from chalicelib.domain.events import LifecycleEvent


class MemoryPublisher:
    """A ``ports.EventPublisher`` that keeps what was published, in order."""

    def __init__(self) -> None:
        self.published: list[LifecycleEvent] = []

    def publish(self, events: Sequence[LifecycleEvent]) -> None:
        self.published.extend(events)
