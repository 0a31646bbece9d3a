"""Scripts on other machines, through SSH: ``run(script, on=machine)``.

A script is uploaded, run and removed, all within ``LONGEST_BESIDE`` seconds and those that the script may run. The key
is never written anywhere. Every failure is an ``AttackFailed`` with a sentence of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from chalicelib.drivers import private_key, remote_command, ssh_connection, ssh_file, ssh_run
from chalicelib.drivers.host_keys import Trust
from chalicelib.plugin import AttackFailed

LONGEST_BESIDE = (
    ssh_connection.CONNECT_SECONDS
    + ssh_file.UPLOAD_SECONDS
    + ssh_run.START_SECONDS
    + remote_command.STOP_SECONDS
    + ssh_file.REMOVE_SECONDS
)
"""Seconds that a script's run may take at most beside what the script itself may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where, as whom and with what. ``key`` is the base64 of a private key; ``names`` are those it is known by."""

    address: str
    user: str
    trust: Trust
    port: int = 22
    names: Sequence[str] = ()
    key: str = field(repr=False)
    connect_seconds: float = ssh_connection.CONNECT_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What to run: ``path`` is where it is put there, ``seconds`` how long it may run."""

    content: bytes
    path: str
    seconds: float
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


def run(script: Script, *, on: Machine) -> dict[str, Any]:
    """``host_key``, ``exit_status``, ``seconds`` and ``output`` (the end of it) of a script that has ended with status
    0, and ``left_behind`` where its file could not be removed.

    Raises ``AttackFailed`` in every other case, with as much of that as is known.
    """
    key = private_key.load(on.key)
    with ssh_connection.connected(
        on.address, on.port, user=on.user, key=key, trust=on.trust, names=on.names, seconds=on.connect_seconds
    ) as transport:
        known: dict[str, Any] = {"host_key": ssh_connection.shown(transport)}
        try:
            ssh_file.put(transport, script.content, script.path)
            try:
                ended = ssh_run.run(transport, script.path, script.arguments, script.environment, script.seconds)
            finally:
                known |= ssh_file.remove(transport, script.path)
        except AttackFailed as failure:
            raise AttackFailed(str(failure), **known, **failure.outcome) from None
    known |= asdict(ended)
    if ended.exit_status:
        raise AttackFailed(f"the script ended with exit status {ended.exit_status}", **known)
    return known
