"""Trying again after a pause that grows and is drawn at random, so that those who collided do not collide again.

"Full jitter": https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/

This is the one layer that repeats: botocore sends a request once. Two layers would multiply, and botocore's knows
nothing of how much time is left.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import ParamSpec, TypeVar

from chalicelib.adapters.aws.errors import Busy, Unanswered, translated
from chalicelib.domain.unavailable import Unavailable
from chalicelib.runtime.deadline import remaining

Answer = TypeVar("Answer")
Arguments = ParamSpec("Arguments")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """A policy of retries: how often to try, and how many seconds to pause.

    ``sleep`` and ``rng`` are arguments for the tests.

    Throttling and collisions pass if one waits, so the budget ends the waiting, and ``tries`` only where nobody set a
    budget. A request without an answer may cost five seconds a time, and asking again does not help: it is tried
    ``tries_unanswered`` times.
    """

    tries: int = 40
    tries_unanswered: int = 4
    shortest: float = 0.025
    longest: float = 0.8
    sleep: Callable[[float], None] = time.sleep
    rng: Random = field(default_factory=Random)

    def pause(self, attempt: int) -> bool:
        """Wait after the attempt of that number, 0 being the first. False, at once, where the wait would outlast the
        budget: then there is no time for another attempt."""
        seconds = self.rng.uniform(0, min(self.longest, self.shortest * 2**attempt))
        if seconds >= remaining():
            return False
        self.sleep(seconds)
        return True

    def call(
        self,
        operation: str,
        request: Callable[Arguments, Answer],
        *arguments: Arguments.args,
        **options: Arguments.kwargs,
    ) -> Answer:
        """Return the answer to a request, and repeat the request while AWS is busy or gives no answer.

        Raises ``Refused`` where a condition did not hold, ``Unavailable`` for what does not pass, or not in time. No
        attempt begins when the budget is over.
        """
        cause: BaseException | None = TimeoutError("no time was left to ask")
        throttled, unanswered = False, 0
        for attempt in range(self.tries):
            if not remaining():
                break
            try:
                with translated(operation):
                    return request(*arguments, **options)
            except Busy as busy:
                throttled, cause = busy.throttled, busy.__cause__
            except Unanswered as failure:
                throttled, cause = False, failure.__cause__
                unanswered += 1
            if unanswered == self.tries_unanswered or not self.pause(attempt):
                break
        raise Unavailable(operation, throttled=throttled) from cause
