"""paramiko's transport, with the host key algorithms of our choice. Import it in the function that needs it."""

from collections.abc import Sequence
from socket import socket

from paramiko import Transport


class ChosenTransport(Transport):
    """Asks for the host keys of these algorithms only, certificates among them."""

    def __init__(self, sock: socket, algorithms: Sequence[str]) -> None:
        self._chosen = tuple(algorithms)
        super().__init__(sock)
        self.daemon = True

    @property
    def preferred_keys(self) -> Sequence[str]:
        return self._chosen

    def shown(self) -> bytes:
        """The host key as it was shown: the certificate where it was one."""
        key = self.get_remote_server_key()
        return key.public_blob.key_blob if key.public_blob else key.asbytes()
