"""Running a script that is there, until it ends or its time is over."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
_LOOK_EVERY = 0.2
_CHUNK = 65536


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

    Raises ``AttackFailed`` where it was stopped, was killed, or the connection was lost.
    """
    marker, begun = token_hex(16), time.monotonic()
    tail = Tail(marker.encode())
    with phase(transport, "the script could not be started", START_SECONDS):
        channel = transport.open_session()
        channel.set_combine_stderr(True)
        channel.exec_command(remote_command.of(path, arguments, environment, marker))

    def known() -> dict[str, object]:
        return {"seconds": round(time.monotonic() - begun, 3), "output": tail.text}

    if not _drain(channel, tail, begun + seconds):
        channel.shutdown_write()  # its keeper there sees this, and ends it
        stopped = _drain(channel, tail, time.monotonic() + STOP_SECONDS) and transport.is_active()
        channel.close()
        raise AttackFailed(
            f"the script ran longer than its {seconds:g} seconds"
            f" and {'was stopped' if stopped else 'could not be seen to stop'}",
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


def _drain(channel: "Channel", tail: Tail, deadline: float) -> bool:
    """Read what is printed until the script has ended: False where it has not by then."""
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
    return False
