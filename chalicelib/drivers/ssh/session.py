"""Scripts on other machines, through SSH: ``run(script, on=machine)``.

A script is uploaded, run and removed, all within ``LONGEST_BESIDE`` seconds and those that the script may run. The key
is never written anywhere. Every failure is an ``AttackFailed`` with a sentence of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.domain.errors import InvalidRequest
from chalicelib.drivers.ssh import (
    connection,
    phase,
    private_key,
    process,
    remote_command,
    remote_file,
    script_environment,
)
from chalicelib.drivers.ssh.host_keys import Trust
from chalicelib.net.rules import MACHINE, Reach

LONGEST_BESIDE = (
    connection.CONNECT_SECONDS
    + remote_file.UPLOAD_SECONDS
    + process.START_SECONDS
    + phase.REKEY_SECONDS
    + remote_command.STOP_SECONDS
    + 2 * process.CLOSE_SECONDS
    + remote_file.REMOVE_SECONDS
)
"""Seconds that a script's run may take at most beside what the script itself may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The address, the user and the key of an SSH connection.

    ``key`` is the base64 of a private key. ``names`` are the host's names in ``known_hosts``. ``reach`` is what the
    connection may lead to.
    """

    address: str
    user: str
    trust: Trust
    port: int = 22
    names: Sequence[str] = ()
    key: str = field(repr=False)
    connect_seconds: float = connection.CONNECT_SECONDS
    reach: Reach = MACHINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A script to run: ``path`` is its place on the machine, ``seconds`` how long it may run."""

    content: bytes
    path: str
    seconds: float
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


def run(script: Script, *, on: Machine) -> dict[str, Any]:
    """Run a script, and return ``host_key``, ``exit_status``, ``seconds`` and ``output`` (the end of it).

    ``left_behind`` is there too if the script's file could not be removed. Raises ``AttackFailed`` if the exit status
    is not 0 or not known, with as much of that as is known.
    """
    key, words = _key(on), _words(script)
    with connection.connected(
        on.address,
        on.port,
        user=on.user,
        key=key,
        trust=on.trust,
        names=on.names,
        seconds=on.connect_seconds,
        reach=on.reach,
    ) as transport:
        known: dict[str, Any] = {"host_key": connection.shown(transport)}
        try:
            remote_file.put(transport, script.content, script.path)
            try:
                ended = process.run(transport, words, script.seconds)
            finally:
                known |= remote_file.remove(transport, script.path)
        except AttackFailed as failure:
            raise AttackFailed(str(failure), **known, **failure.outcome) from None
    known |= asdict(ended)
    if ended.exit_status:
        raise AttackFailed(f"the script ended with exit status {ended.exit_status}", **known)
    return known


def _key(machine: Machine) -> Any:
    """Return the private key. Raises ``AttackFailed`` where a reference led to something else."""
    try:
        return private_key.load(machine.key)
    except InvalidRequest as refusal:
        raise AttackFailed(f"{refusal}: nothing was run") from None


def _words(script: Script) -> bytes:
    """Return the words that start the script. Raises ``AttackFailed`` for a variable or a word that the plan cannot
    give."""
    for name, value in script.environment.items():
        if fault := script_environment.fault(name, value):
            raise AttackFailed(f"{fault.sentence}: nothing was run")
    try:
        return remote_command.standard_input(script.path, script.arguments, script.environment)
    except UnicodeEncodeError:
        raise AttackFailed("a word for the script is no text that UTF-8 can hold: nothing was run") from None
    except ValueError as error:
        raise AttackFailed(f"{error}: nothing was run") from None
