"""Trying again after a pause that grows and is drawn at random, so that those who collided do not collide again.

"Full jitter": https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import ParamSpec, TypeVar

from chalicelib.adapters.aws_failures import Busy, translated
from chalicelib.errors import Unavailable

Answer = TypeVar("Answer")
Arguments = ParamSpec("Arguments")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How often to try and how long to pause, in seconds. ``sleep`` and ``rng`` are arguments for the tests."""

    tries: int = 12
    shortest: float = 0.025
    longest: float = 0.8
    sleep: Callable[[float], None] = time.sleep
    rng: Random = field(default_factory=Random)

    def pause(self, attempt: int) -> None:
        """Wait after the attempt of that number, 0 being the first."""
        self.sleep(self.rng.uniform(0, min(self.longest, self.shortest * 2**attempt)))

    def call(
        self,
        operation: str,
        request: Callable[Arguments, Answer],
        *arguments: Arguments.args,
        **options: Arguments.kwargs,
    ) -> Answer:
        """The answer to a request that is repeated while AWS is busy.

        Raises ``Refused`` where a condition did not hold, ``Unavailable`` for what does not pass.
        """
        throttled = False
        for attempt in range(self.tries):
            try:
                with translated(operation):
                    return request(*arguments, **options)
            except Busy as busy:
                throttled = busy.throttled
            self.pause(attempt)
        raise Unavailable(operation, throttled=throttled)
