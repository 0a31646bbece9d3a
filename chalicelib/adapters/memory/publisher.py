"""Lifecycle events in memory: what would have been published."""

from collections.abc import Sequence

from chalicelib.lifecycle import LifecycleEvent


class MemoryPublisher:
    """``ports.EventPublisher``: keeps what was published, in order."""

    def __init__(self) -> None:
        self.published: list[LifecycleEvent] = []

    def publish(self, events: Sequence[LifecycleEvent]) -> None:
        self.published.extend(events)
