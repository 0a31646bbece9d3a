"""One step on an SSH connection: within its time, and every way it can fail in one kind of sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Timer
from typing import TYPE_CHECKING

from chalicelib.plugin import AttackFailed

if TYPE_CHECKING:
    from paramiko import Transport


@contextmanager
def phase(transport: "Transport", failure: str, seconds: float) -> Iterator[None]:
    """Do something on the connection. What it raises becomes an ``AttackFailed`` that begins with ``failure``.

    After so many seconds the connection is closed: many of paramiko's calls wait as long as they must.
    """
    from paramiko import SSHException

    late = Event()

    def close() -> None:
        late.set()
        transport.close()

    timer = Timer(seconds, close)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (SSHException, EOFError, OSError) as error:
        reason = f"it took longer than {seconds:.0f} seconds" if late.is_set() else _words(error)
        raise AttackFailed(f"{failure}: {reason}") from None
    finally:
        timer.cancel()


def _words(error: Exception) -> str:
    """What a server or a system says of it. Errors of both libraries hold nothing of a key."""
    said = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return said[:200] or "the connection was closed"
