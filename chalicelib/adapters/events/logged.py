"""Log and count lifecycle events before publishing them: ``ports.EventPublisher``."""

from collections.abc import Sequence

from chalicelib.domain.events import LifecycleEvent
from chalicelib.ports.services import EventPublisher
from chalicelib.runtime.logs import emit
from chalicelib.runtime.metrics import OF_LIFECYCLE, OF_UNDO, Metrics


class LoggedPublisher:
    """A publisher that writes a line for each event, and passes the events on."""

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
