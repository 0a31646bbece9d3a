"""Lifecycle events in the log, and counted there, before others are told: ``ports.EventPublisher``."""

from collections.abc import Sequence

from chalicelib.lifecycle import LifecycleEvent
from chalicelib.logs import emit
from chalicelib.metrics import OF_LIFECYCLE, OF_UNDO, Metrics
from chalicelib.ports.services import EventPublisher


class LoggedPublisher:
    """Writes a line for each event and passes them on."""

    def __init__(self, others: EventPublisher, metrics: Metrics) -> None:
        self._others = others
        self._metrics = metrics

    def publish(self, events: Sequence[LifecycleEvent]) -> None:
        for event in events:
            self._log(event)
        self._others.publish(events)

    def _log(self, event: LifecycleEvent) -> None:
        metric = (OF_UNDO if event.undo else OF_LIFECYCLE).get(event.happened)
        emit(
            event.happened.lower(),
            plan_id=event.plan_id,
            executor_id=event.executor_id,
            name=event.name,
            attack=event.attack,
            executors=event.executors,
            by=event.by,
            kind="undo" if event.undo else None,
            target=event.target,
            error=event.error and event.error.type,
            message=event.error and event.error.message,
            outcome=event.outcome,
            **self._metrics.of({metric: 1} if metric else {}),
        )
