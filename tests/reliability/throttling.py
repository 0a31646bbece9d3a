"""AWS as it is under load: a share of all requests is turned away."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from random import Random
from threading import Lock
from typing import Any

from botocore.awsrequest import AWSResponse

from tests.contract.wires import error


class Throttling:
    """Answers so many of the requests with a throttle, and counts them all. The draws are the same each time, though
    which request meets which is a matter of threads."""

    def __init__(self, share: float, seed: int) -> None:
        self._share, self._rng, self._lock = share, Random(seed), Lock()
        self.requests: Counter[str] = Counter()
        self.throttled: Counter[str] = Counter()

    def __str__(self) -> str:
        return f"{self.requests.total()} requests, {self.throttled.total()} of them throttled"

    @contextmanager
    def of(self, clients: Iterable[Any]) -> Iterator["Throttling"]:
        """All that these clients send meanwhile."""
        for client in clients:
            client.meta.events.register("before-send.*.*", self._send)
        try:
            yield self
        finally:
            for client in clients:
                client.meta.events.unregister("before-send.*.*", self._send)

    def _send(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        name = event_name.rpartition(".")[2]
        with self._lock:
            unlucky = self._rng.random() < self._share
            self.requests[name] += 1
            self.throttled[name] += unlucky
        return error("ThrottlingException")(request) if unlucky else None
