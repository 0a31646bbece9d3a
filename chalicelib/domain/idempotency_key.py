"""A client's ``Idempotency-Key``: what makes a POST that is sent again the same request (docs/adr/0009).

Of the key and of the body that came with it only digests are kept.
"""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.json_schema import Schema
from chalicelib.domain.model import ANYONE, Plan

KEPT = timedelta(hours=24)
"""How long a key is remembered at the least."""

KEY: Schema = {
    "type": "string",
    "pattern": r"^[\x20-\x7e]{1,255}$",
    "description": "1 to 255 printable ASCII characters",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKey:
    """A key, and the same with the body it came with, each as its SHA-256 in hexadecimal digits."""

    id: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyRecord:
    """The use of a key: the body, and the plan as it is now, in whatever state (None once it has expired)."""

    body: str
    plan: Plan | None


def request_key(text: str, document: Any, by: str = ANYONE) -> RequestKey:
    """Return the key in a header's text, with the document that was posted with it. Raises ``InvalidRequest``.

    Each caller (``by`` is an ARN) has its own keys: two callers may choose the same text. The sessions of a role are
    one caller, since a repeated request may come from a new session. Two bodies are the same if they are the same JSON,
    however it is written.
    """
    if not re.fullmatch(KEY["pattern"][1:-1], text, re.ASCII):
        raise InvalidRequest(
            "the Idempotency-Key is not 1 to 255 printable ASCII characters: send a UUID, for instance"
        )
    body = json.dumps(document, sort_keys=True, separators=(",", ":"))
    # With the key in it, of which only a digest is kept: or a weak secret in the body could be guessed from its digest.
    return RequestKey(id=_digest(f"{_principal(by)}\n{text}"), body=_digest(f"{text}\n{body}"))


def _principal(arn: str) -> str:
    """Return ``arn:aws:sts::<account>:assumed-role/<role>/<session>`` without the session; any other ARN as it is."""
    return arn.rpartition("/")[0] if ":assumed-role/" in arn else arn


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
