"""Secrets sealed under the stage's KMS key: ``ports.Vault``."""

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws.response_validation import require_field
from chalicelib.adapters.aws.retry import Backoff
from chalicelib.adapters.kms.envelope import open_sealed, seal, unreadable
from chalicelib.domain.unavailable import Unavailable

_WILL_NOT_OPEN = frozenset(
    {"AccessDeniedException", "IncorrectKeyException", "InvalidCiphertextException", "ValidationException"}
)
"""Trying again does not help. The first may also be said of a key that is not known."""


class KmsVault:
    """Encryption under a KMS key. ``client`` is a KMS client, ``key`` the key's alias.

    The data key is generated and opened under the encryption context ``{"plan": <id>}``, so that CloudTrail tells whose
    secrets were opened, and those of one plan cannot be passed off as another's.
    """

    def __init__(self, client: Any, key: str, *, backoff: Backoff | None = None) -> None:
        self._client = client
        self._key = key
        self._backoff = backoff or Backoff(tries=6, tries_unanswered=2)

    def seal(self, plan_id: str, texts: Sequence[str]) -> list[str]:
        made = self._backoff.call(
            "sealing the plan's secrets",
            require_field("Plaintext", require_field("CiphertextBlob", self._client.generate_data_key)),
            KeyId=self._key,
            KeySpec="AES_256",
            EncryptionContext={"plan": plan_id},
        )
        return seal(plan_id, texts, made["Plaintext"], made["CiphertextBlob"])

    def open(self, plan_id: str, sealed: str) -> str:
        def unwrap(wrapped: bytes) -> bytes:
            try:
                answer = self._backoff.call(
                    "opening the plan's secrets",
                    require_field("Plaintext", self._client.decrypt),
                    KeyId=self._key,
                    CiphertextBlob=wrapped,
                    EncryptionContext={"plan": plan_id},
                )
            except Unavailable as error:
                cause = error.__cause__
                if isinstance(cause, ClientError) and cause.response["Error"].get("Code") in _WILL_NOT_OPEN:
                    raise unreadable(plan_id) from error
                raise
            return bytes(answer["Plaintext"])

        return open_sealed(plan_id, sealed, unwrap)
