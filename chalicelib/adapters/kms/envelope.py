"""Texts sealed with a data key that is itself sealed by a master key elsewhere: envelope encryption.

One data key for all texts that are sealed together; each carries it, wrapped, so that each can be opened by itself.
AES-256-GCM, with a new nonce for each text; a text that was changed does not open.
"""

import struct
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from os import urandom

from chalicelib.domain.errors import SecretUnreadable

_VERSION = b"\x01"
_NONCE = 12


def unreadable(plan_id: str) -> SecretUnreadable:
    """Return the error for a secret that cannot be decrypted. It does not say why; the log may."""
    return SecretUnreadable(f"the secrets of plan {plan_id} cannot be opened: post the plan again")


def seal(plan_id: str, texts: Sequence[str], key: bytes, wrapped: bytes) -> list[str]:
    """Return each text, encrypted with a data key of 32 bytes for that plan. ``wrapped`` is the data key as it may be
    stored."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher, head = AESGCM(key), _VERSION + struct.pack(">H", len(wrapped)) + wrapped

    def sealed(text: str) -> str:
        nonce = urandom(_NONCE)
        return b64encode(head + nonce + cipher.encrypt(nonce, text.encode(), plan_id.encode())).decode()

    return [sealed(text) for text in texts]


def open_sealed(plan_id: str, sealed: str, unwrap: Callable[[bytes], bytes]) -> str:
    """Return the text; ``unwrap`` gives the data key. Raises ``SecretUnreadable``, and what ``unwrap`` raises."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        raw = b64decode(sealed, validate=True)
        if raw[:1] != _VERSION:
            raise ValueError("another version")
        (length,) = struct.unpack(">H", raw[1:3])
        wrapped, nonce, rest = raw[3 : 3 + length], raw[3 + length : 3 + length + _NONCE], raw[3 + length + _NONCE :]
    except (ValueError, struct.error) as error:
        raise unreadable(plan_id) from error
    key = unwrap(wrapped)
    try:
        return AESGCM(key).decrypt(nonce, rest, plan_id.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise unreadable(plan_id) from error
