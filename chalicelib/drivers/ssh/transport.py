"""paramiko's transport, with the host key algorithms of our choice. Import it in the function that needs it."""

from collections.abc import Sequence
from socket import socket

from paramiko import SSHException, Transport
from paramiko.packet import Packetizer

from chalicelib.drivers.ssh.phase import REKEY_SECONDS

LARGEST_PACKET = 512 * 1024
"""Bytes. OpenSSH takes and sends 256 KB at most; paramiko sets a buffer aside for as many as the machine announces."""


class BoundedPacketizer(Packetizer):
    """A packetizer that reads packets of a bounded size only."""

    def read_all(self, n: int, check_rekey: bool = False) -> bytes:
        """Return the next ``n`` bytes. Raises ``SSHException`` where those are too many for a packet."""
        if not 0 <= n <= LARGEST_PACKET:
            raise SSHException(f"it announces a packet of {n} bytes")
        return bytes(super().read_all(n, check_rekey))


class ChosenTransport(Transport):
    """A transport that asks for host keys of these algorithms only, certificates among them."""

    def __init__(self, sock: socket, algorithms: Sequence[str]) -> None:
        self._chosen = tuple(algorithms)
        self._shown: bytes | None = None
        super().__init__(sock, packetizer_class=BoundedPacketizer)
        self.daemon = True
        self.clear_to_send_timeout = REKEY_SECONDS

    @property
    def preferred_keys(self) -> Sequence[str]:
        return self._chosen

    def shown(self) -> bytes:
        """Return the host key as it was shown: the certificate where it was one. It is kept for a lost connection."""
        if self._shown is None:
            key = self.get_remote_server_key()
            self._shown = key.public_blob.key_blob if key.public_blob else key.asbytes()
        return self._shown
