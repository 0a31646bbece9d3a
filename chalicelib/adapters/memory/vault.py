"""Secrets sealed under keys of this process, and secrets kept elsewhere: ``ports.Vault``, ``ports.SecretReader``."""

from collections.abc import Sequence
from os import urandom

from chalicelib.adapters.kms.envelope import open_sealed, seal, unreadable
from chalicelib.domain.errors import SecretUnreadable
from chalicelib.domain.secret_reference import Reference
from chalicelib.domain.unavailable import Unavailable


class MemoryVault:
    """While it is ``broken`` it neither seals nor opens. ``sealed`` and ``opened`` count what it was asked."""

    def __init__(self) -> None:
        self._keys: dict[tuple[str, bytes], bytes] = {}
        self.broken = False
        self.sealed = self.opened = 0

    def seal(self, plan_id: str, texts: Sequence[str]) -> list[str]:
        self._require_complete("sealing the plan's secrets")
        self.sealed += 1
        key, wrapped = urandom(32), urandom(16)
        self._keys[plan_id, wrapped] = key
        return seal(plan_id, texts, key, wrapped)

    def open(self, plan_id: str, sealed: str) -> str:
        self._require_complete("opening the plan's secrets")
        self.opened += 1

        def unwrap(wrapped: bytes) -> bytes:
            if (plan_id, wrapped) not in self._keys:
                raise unreadable(plan_id)
            return self._keys[plan_id, wrapped]

        return open_sealed(plan_id, sealed, unwrap)

    def _require_complete(self, operation: str) -> None:
        if self.broken:
            raise Unavailable(operation)


class MemorySecrets:
    """Secrets of which ``kept`` holds the values by reference; there is no other."""

    def __init__(self) -> None:
        self.kept: dict[Reference, str] = {}

    def read(self, reference: Reference) -> str:
        if reference not in self.kept:
            raise SecretUnreadable(f"the secret {reference.name} cannot be read: NotFound")
        return self.kept[reference]
