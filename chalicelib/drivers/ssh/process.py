"""Running a script that is there, until it ends, its time is over or it has printed too much."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from secrets import token_hex
from typing import TYPE_CHECKING

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers.ssh import remote_command
from chalicelib.drivers.ssh.phase import phase
from chalicelib.drivers.ssh.remote_command import STOP_SECONDS
from chalicelib.drivers.ssh.tail import Tail

if TYPE_CHECKING:
    from paramiko import Channel, Transport

START_SECONDS = 8.0
"""Seconds until a login shell, after its start-up files, must have started the script."""
CLOSE_SECONDS = 2.0
"""Seconds until the end of its input, and of its channel, must have been sent."""
LARGEST_OUTPUT = 8 * 1024 * 1024
"""Bytes that a script may print on both of its outputs together. The attack function reads every one of them, and the
time that takes is paid for; a script that floods does not do what its author meant."""
LAST_WORDS_SECONDS = 3.0
"""OpenSSH may report that a command has ended before it has passed on what the command printed last."""
_LOOK_EVERY = 0.2
_QUOTED = 300
_CHUNK = 65536
_AHEAD = 4 * _CHUNK
"""Bytes that it may be ahead of what was read: so few that a flooding script usually still runs and can be stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The end of a script that ended by itself. ``output`` is the end of both of its outputs."""

    exit_status: int
    seconds: float
    output: str


def run(transport: "Transport", words: bytes, seconds: float) -> Ended:
    """Run the script for at most so many seconds. It is over with the script, whatever that has left running.

    ``words`` are those of ``remote_command.standard_input``. The exit status is the one that the script's keeper
    reports. Raises ``AttackFailed`` where the script did not begin or was killed, or the connection was lost. It also
    raises it where the script ran too long or printed more than ``LARGEST_OUTPUT``, and was stopped.
    """
    channel, tail = _started(transport, words)
    begun = time.monotonic()

    def known() -> dict[str, object]:
        return {"seconds": round(time.monotonic() - begun, 3), "output": tail.text}

    if not _drain(channel, tail, begun + seconds, LARGEST_OUTPUT):
        flooded = tail.given > LARGEST_OUTPUT
        end = _stop(transport, channel, tail)
        raise AttackFailed(
            f"the script printed more than {LARGEST_OUTPUT // 1024**2} MB and {end}:"
            " let it print less, or redirect its output to a file on the machine"
            if flooded
            else f"the script ran longer than its {seconds:g} seconds and {end}",
            **known(),
        )
    if tail.status is not None:
        return Ended(exit_status=tail.status, seconds=round(time.monotonic() - begun, 3), output=tail.text)
    if channel.exit_status >= 0:
        raise AttackFailed(
            f"nobody reported how the script ended: what ran it ended with exit status {channel.exit_status}", **known()
        )
    if transport.is_active():
        raise AttackFailed("the script was killed by somebody else", **known())
    raise AttackFailed(
        "the connection was lost while the script ran: the machine stops it when it notices, which nobody has seen",
        **known(),
    )


def _started(transport: "Transport", words: bytes) -> "tuple[Channel, Tail]":
    """Send the words to the command once it has printed its marker. Raises ``AttackFailed`` where it does not."""
    marker, deadline = token_hex(16), time.monotonic() + START_SECONDS
    tail = Tail(remote_command.begin_mark(marker), remote_command.end_mark(marker))
    with phase(transport, "the script could not be started", START_SECONDS):
        channel = transport.open_session(window_size=_AHEAD)
        channel.set_combine_stderr(True)
        channel.exec_command(remote_command.command(marker))
    over = _drain(channel, tail, deadline, until_begun=True)
    if not tail.begun:
        _try(transport, channel.close)
        raise AttackFailed(
            f"the script did not begin: {_end_of_shell(transport, channel, over)}{_quoted(tail.text)}",
            output=tail.text,
        )
    with phase(transport, "the script could not be started", max(deadline - time.monotonic(), 0.1)):
        channel.sendall(words)
    return channel, tail


def _end_of_shell(transport: "Transport", channel: "Channel", over: bool) -> str:
    if not over:
        return f"the user's login shell did not start it within {START_SECONDS:.0f} seconds"
    if channel.exit_status >= 0:
        return f"the user's login shell ended with exit status {channel.exit_status}"
    if transport.is_active():
        return "the user's login shell ended without an exit status"
    return "the connection was lost"


def _quoted(text: str) -> str:
    """Return the end of a shell's message on one line. It holds nothing of a plan, which the shell has not read."""
    words = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return f", and printed {words[-_QUOTED:]!r}" if words else ", and printed nothing"


def _stop(transport: "Transport", channel: "Channel", tail: Tail) -> str:
    """Have the keeper end the script, and return in words how that ended."""
    _try(transport, channel.shutdown_write)  # the keeper sees it
    over = _drain(channel, tail, time.monotonic() + STOP_SECONDS)
    seen = over and transport.is_active()
    _try(transport, channel.close)
    if tail.status is not None:  # a script that the keeper ends has no exit status
        return "ended before it was stopped"
    return "was stopped" if seen else "could not be seen to stop"


def _try(transport: "Transport", action: Callable[[], None]) -> None:
    """Do something that may fail: a lost connection shows in the next step."""
    with suppress(AttackFailed), phase(transport, "the script could not be stopped", CLOSE_SECONDS):
        action()


def _drain(channel: "Channel", tail: Tail, deadline: float, most: float = inf, *, until_begun: bool = False) -> bool:
    """Read the output until the script has ended. Return False at the deadline, or after more than ``most`` bytes.

    While the script is being stopped its output is still read, because otherwise it could not end. With ``until_begun``
    reading stops once the script has begun.
    """
    from paramiko import SSHException

    reported: float | None = None
    while (left := deadline - time.monotonic()) > 0:
        channel.settimeout(min(left, _LOOK_EVERY))
        try:
            data = channel.recv(_CHUNK)
        except TimeoutError:
            if tail.status is not None:  # a process that the script started still holds its output
                return True
            if channel.exit_status_ready():
                reported = reported or time.monotonic()
                if time.monotonic() - reported > LAST_WORDS_SECONDS:
                    return True
            continue
        except (SSHException, EOFError, OSError):  # the window for more output could not be opened
            channel.get_transport().close()
            return True
        if not data:
            return tail.status is not None or channel.status_event.wait(max(deadline - time.monotonic(), 0.0))
        tail.add(data)
        if until_begun and tail.begun:
            return True
        if tail.given > most:
            return False
    return False
