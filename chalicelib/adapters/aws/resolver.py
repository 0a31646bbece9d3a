"""Ask the resolve function which targets an attack could hit: ``ports.Resolver``."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

from chalicelib.adapters.aws.retry import Backoff
from chalicelib.domain.model import Config
from chalicelib.domain.targets import Resolution
from chalicelib.domain.unavailable import Unavailable

_OPERATION = "resolving the targets"


class LambdaResolver:
    """A resolver that invokes the function and waits for its answer. ``client`` is a Lambda client that waits for it as
    long as the function may take (``timeouts.RESOLVE``), or as long as one cares to (``timeouts.GLANCE``); ``function``
    is the resolve function's name or ARN.

    A function that gives no answer is not asked again, because there would be no time for it. The args go over the
    wire, and nowhere else.
    """

    def __init__(self, client: Any, function: str, *, backoff: Backoff | None = None) -> None:
        self._client = client
        self._function = function
        self._backoff = backoff or Backoff(tries=3, tries_unanswered=1, shortest=0.1)

    def resolve(self, attack: Config) -> Resolution:
        answer = self._backoff.call(_OPERATION, self._ask, json.dumps({"ref": attack["ref"], "args": attack["args"]}))
        try:
            return Resolution.of(json.loads(answer))
        except (ValueError, KeyError, TypeError) as error:
            raise Unavailable(_OPERATION) from error

    @contextmanager
    def resolving(self, attack: Config) -> Iterator[Callable[[], Resolution]]:
        """Resolve in a thread of its own, with the budget of whoever asks."""
        with ThreadPoolExecutor(1) as pool:
            yield pool.submit(copy_context().run, self.resolve, attack).result

    def _ask(self, event: str) -> bytes:
        """Return the whole answer; half of one, or the trace of a function that ended badly, is none."""
        answer = self._client.invoke(
            FunctionName=self._function, InvocationType="RequestResponse", Payload=event.encode()
        )
        payload = bytes(answer["Payload"].read())
        if "FunctionError" in answer:
            raise Unavailable(_OPERATION)
        return payload
