"""Call EC2 once, and judge by its failure whether the call may have taken effect."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.domain.cut_text import cut
from chalicelib.drivers.look import AnswerLost

T = TypeVar("T")

_PAUSES = (0.5, 1.0, 2.0, 3.0)


def call(action: str, call: Callable[[], T], *, place: str, pause: Callable[[float], None]) -> T:
    """Call EC2; when it throttles wait and call again, a few times.

    Raises ``AttackFailed``, which names the action, where EC2 refuses. Raises ``AnswerLost`` where EC2 cannot be
    reached, fails itself, or answers something unreadable: the call may have taken effect.
    """
    from libcloud.common.exceptions import BaseHTTPError

    from chalicelib.drivers.ec2.connection import throttled

    with _failures_named(action, place):
        for seconds in _PAUSES:
            try:
                return call()
            except BaseHTTPError as error:
                if not throttled(error):
                    raise
            pause(seconds)
        return call()


@contextmanager
def _failures_named(action: str, place: str) -> Iterator[None]:
    from libcloud.common.exceptions import BaseHTTPError
    from libcloud.common.types import LibcloudError, MalformedResponseError

    from chalicelib.drivers.ec2.connection import throttled

    try:
        yield
    except MalformedResponseError as error:  # the page of a proxy, a body that is cut or empty
        raise AnswerLost(f"EC2 in {place} was asked to {action}, and its answer cannot be read") from error
    except (BaseHTTPError, LibcloudError) as error:
        broken = isinstance(error, BaseHTTPError) and int(error.code) >= 500 and not throttled(error)
        said = f"EC2 in {place} {'failed' if broken else 'refused'} to {action}: {cut(str(error), 300)}"
        raise (AnswerLost if broken else AttackFailed)(said) from error
    except OSError as error:  # every failure of a connection is an OSError
        raise AnswerLost(f"EC2 in {place} could not be reached to {action}: {type(error).__name__}") from error
