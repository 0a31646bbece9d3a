"""Running a script that is there, until it ends, its time is over or it has printed too much."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from secrets import token_hex
from typing import TYPE_CHECKING

from chalicelib.drivers import remote_command
from chalicelib.drivers.remote_command import STOP_SECONDS
from chalicelib.drivers.ssh_phase import phase
from chalicelib.drivers.tail import Tail
from chalicelib.plugin import AttackFailed

if TYPE_CHECKING:
    from paramiko import Channel, Transport

START_SECONDS = 5.0
LARGEST_OUTPUT = 8 * 1024 * 1024
"""Bytes that a script may print on both of its outputs together. The attack function reads every one of them, and the
time that takes is paid for; a script that floods does not do what its author meant."""
_LOOK_EVERY = 0.2
_CHUNK = 65536
_AHEAD = 4 * _CHUNK
"""Bytes that it may be ahead of what was read: so few that what floods is as a rule still there to be stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a script ended by itself. ``output`` is the end of what it printed on both of its outputs."""

    exit_status: int
    seconds: float
    output: str


def run(
    transport: "Transport", path: str, arguments: Sequence[str], environment: Mapping[str, str], seconds: float
) -> Ended:
    """Run it for at most so many seconds. It is over with the script, whatever else it may have left running.

    Raises ``AttackFailed`` where it was stopped (it ran too long, it printed more than ``LARGEST_OUTPUT``), was killed,
    or the connection was lost.
    """
    marker, begun = token_hex(16), time.monotonic()
    tail = Tail(marker.encode())
    with phase(transport, "the script could not be started", START_SECONDS):
        channel = transport.open_session(window_size=_AHEAD)
        channel.set_combine_stderr(True)
        channel.exec_command(remote_command.of(path, arguments, environment, marker))

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
    if channel.exit_status >= 0:
        return Ended(exit_status=channel.exit_status, seconds=round(time.monotonic() - begun, 3), output=tail.text)
    if transport.is_active():
        raise AttackFailed("the script was killed by somebody else", **known())
    raise AttackFailed(
        "the connection was lost while the script ran: the machine stops it when it notices, which nobody has seen",
        **known(),
    )


def _stop(transport: "Transport", channel: "Channel", tail: Tail) -> str:
    """Have its keeper there end it. Returns what can be said of that."""
    channel.shutdown_write()  # which the keeper sees
    over = _drain(channel, tail, time.monotonic() + STOP_SECONDS)
    seen = over and transport.is_active()
    channel.close()
    if channel.exit_status >= 0:  # what the keeper ends has none
        return "ended before it was stopped"
    return "was stopped" if seen else "could not be seen to stop"


def _drain(channel: "Channel", tail: Tail, deadline: float, most: float = inf) -> bool:
    """Read what is printed until the script has ended: False where it has not by then, or has printed more than most.

    What it prints is read to the end also while it is stopped: it could not end otherwise.
    """
    while (left := deadline - time.monotonic()) > 0:
        channel.settimeout(min(left, _LOOK_EVERY))
        try:
            data = channel.recv(_CHUNK)
        except TimeoutError:
            if channel.exit_status_ready():  # something that it started still holds its output
                return True
            continue
        if not data:
            return channel.status_event.wait(max(deadline - time.monotonic(), 0.0))
        tail.add(data)
        if tail.given > most:
            return False
    return False
