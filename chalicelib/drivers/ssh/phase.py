"""One step on an SSH connection: within its time, and every way it can fail in one kind of sentence."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Timer
from typing import TYPE_CHECKING

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.domain.cut_text import cut

if TYPE_CHECKING:
    from paramiko import Transport

REKEY_SECONDS = 4.0
"""Seconds that sending waits for a machine that has begun to exchange keys again."""


@contextmanager
def phase(transport: "Transport", failure: str, seconds: float) -> Iterator[None]:
    """Do something on the connection, and raise its errors as an ``AttackFailed`` that begins with ``failure``.

    After so many seconds the connection is closed: many of paramiko's calls wait as long as they must.
    """
    late = Event()

    def close() -> None:
        late.set()
        transport.close()

    timer = Timer(seconds, close)
    timer.daemon = True
    timer.start()
    try:
        yield
    except _errors() as error:
        reason = f"it took longer than {seconds:.0f} seconds" if late.is_set() else _words(error)
        raise AttackFailed(f"{failure}: {reason}") from None
    finally:
        timer.cancel()


def _errors() -> tuple[type[Exception], ...]:
    """Return every class of error that a machine's answers can raise.

    paramiko parses them in a thread of its own and raises here whatever that ended with.
    """
    from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
    from paramiko import SFTPError, SSHException

    connection = (SSHException, SFTPError, EOFError, OSError)
    cryptography = (InvalidSignature, InvalidTag, UnsupportedAlgorithm)
    parsing = (ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, TypeError, ValueError)
    return (*connection, *cryptography, *parsing, RuntimeError, struct.error)


def _words(error: Exception) -> str:
    """Return the machine's or the system's message on one line. The libraries' errors hold nothing of a key."""
    from paramiko import SFTPError, SSHException

    if isinstance(error, SFTPError):
        return f"its SFTP answer cannot be read ({_line(str(error))}): does its login shell or SFTP server print first?"
    if isinstance(error, SSHException | EOFError | OSError):
        said = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return _line(said) or "the connection was closed"
    return f"its answer cannot be read ({type(error).__name__})"


def _line(text: str) -> str:
    return cut(" ".join("".join(each if each.isprintable() else " " for each in cut(text, 400)).split()), 200)
