"""A connection to an SSH server that is the machine it should be, as a user of it."""

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from typing import TYPE_CHECKING, Any

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers.ssh import host_keys
from chalicelib.drivers.ssh.host_keys import Trust
from chalicelib.drivers.ssh.phase import phase
from chalicelib.net.guard import Guard, guarded
from chalicelib.net.rules import MACHINE, Reach

if TYPE_CHECKING:
    from paramiko import PKey

    from chalicelib.drivers.ssh.transport import ChosenTransport

CONNECT_SECONDS = 10.0


class _Deadline:
    """So many seconds from now on, over all that is done until then."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self._end = seconds, time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds, never none at all: what is begun too late fails by itself."""
        return max(self._end - time.monotonic(), 0.1)

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._end


@contextmanager
def connected(
    address: str,
    port: int,
    *,
    user: str,
    key: Any,
    trust: Trust,
    names: Sequence[str] = (),
    seconds: float = CONNECT_SECONDS,
    reach: Reach = MACHINE,
) -> Iterator["ChosenTransport"]:
    """Connect and authenticate; the connection closes afterwards. ``key`` is a private key of the library
    ``cryptography``.

    This asks the machine for one kind of host key after the other until one is trusted. Raises ``AttackFailed`` where
    that, or the key, or the connection fails, within so many ``seconds`` in all.
    """
    deadline = _Deadline(seconds)
    refusals: dict[str, None] = {}
    for algorithms in trust.algorithms():
        transport = _transport(address, port, algorithms, deadline, reach)
        try:
            refusal = _refusal(transport, trust, (address, *names), port, deadline)
            if refusal is None:
                try:
                    _log_in(transport, user, key, f"{address} port {port}", deadline)
                except AttackFailed as failure:
                    raise failure.with_outcome(host_key=shown(transport), **failure.outcome) from None
                yield transport
                return
            refusals[refusal] = None
        finally:
            transport.close()
    raise AttackFailed(f"{address} port {port} is not trusted: {'; '.join(refusals)}")


def shown(transport: "ChosenTransport") -> str:
    """Return the fingerprint of the host key that was trusted."""
    return host_keys.fingerprint(transport.shown())


def _transport(
    address: str, port: int, algorithms: Sequence[str], deadline: _Deadline, reach: Reach
) -> "ChosenTransport":
    """Connect to the address if the reach allows it, and send nothing yet. Raises ``AttackFailed``."""
    from chalicelib.drivers.ssh.transport import ChosenTransport

    try:
        with guarded(Guard(reach)):
            sock = socket.create_connection((address, port), timeout=deadline.left)
    except TimeoutError:
        raise AttackFailed(f"{address} port {port} did not answer within {deadline.seconds:g} seconds") from None
    except OSError as error:
        raise _unreachable(address, port, error) from None
    try:
        return ChosenTransport(sock, algorithms)
    except OSError as error:  # it has closed already
        sock.close()
        raise _unreachable(address, port, error) from None
    except BaseException:
        sock.close()
        raise


def _unreachable(address: str, port: int, error: OSError) -> AttackFailed:
    return AttackFailed(f"{address} port {port} could not be reached: {error.strerror or type(error).__name__}")


def _refusal(
    transport: "ChosenTransport", trust: Trust, names: Sequence[str], port: int, deadline: _Deadline
) -> str | None:
    """Return why the machine is not trusted, None where it is. Raises ``AttackFailed`` where it does not speak SSH in
    time."""
    from paramiko.ssh_exception import IncompatiblePeer

    transport.banner_timeout = transport.handshake_timeout = deadline.seconds
    try:
        with phase(transport, f"{names[0]} port {port} does not speak SSH", deadline.left):
            try:
                transport.start_client()
            except IncompatiblePeer:
                return "it has no host key of the kinds in host_keys"
            return trust.refusal(transport.shown(), names, port, datetime.now(UTC))
    except AttackFailed as failure:
        if not deadline.is_over:
            raise
        raise AttackFailed(f"{names[0]} port {port} did not speak SSH within {deadline.seconds:g} seconds") from failure


def _log_in(transport: "ChosenTransport", user: str, key: Any, where: str, deadline: _Deadline) -> None:
    from paramiko import AuthenticationException

    transport.auth_timeout = deadline.seconds
    with phase(transport, f"{where} let {user} not in", deadline.left):
        try:
            wanted = transport.auth_publickey(user, _of_paramiko(key))
        except AuthenticationException:
            if not transport.is_active():
                raise
            raise AttackFailed(f"{where} does not accept the key for the user {user}") from None
    if wanted:
        raise AttackFailed(f"{where} wants more than the key of the user {user}: {', '.join(wanted)}")


def _of_paramiko(key: Any) -> "PKey":
    """Return the same key in paramiko's class for it."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from paramiko import ECDSAKey, Ed25519Key, RSAKey

    text = StringIO(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode())
    if isinstance(key, rsa.RSAPrivateKey):
        return RSAKey.from_private_key(text)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return ECDSAKey.from_private_key(text)
    return Ed25519Key.from_private_key(text)
