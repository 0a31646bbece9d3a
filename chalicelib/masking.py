"""Secrets of a posted config, made unreadable before anyone is shown it.

Secret is what the plugin's schema marks ``"writeOnly": true`` (JSON Schema's own word for what is accepted but never
given back), and, whatever the schema says, what bears a name that is secret by custom.
"""

import re
from collections.abc import Mapping
from typing import Any

MASK = "********"
_SECRET_NAME = re.compile(
    "pem|password|passphrase|secret|token|access_token|api_key|client_secret|private_key"
    "|authorization|proxy-authorization|cookie|x-api-key|x-auth-token|x-amz-security-token",
    re.IGNORECASE,
)


def masked(value: Any, schema: Any = None) -> Any:
    """A copy of ``value`` with every secret replaced by ``MASK``; ``schema`` is the one that judges it, if known."""
    schema = schema if isinstance(schema, Mapping) else {}
    if schema.get("writeOnly") is True:
        return MASK
    if isinstance(value, Mapping):
        named, others = schema.get("properties") or {}, schema.get("additionalProperties")
        return {
            key: MASK if _SECRET_NAME.fullmatch(key) else masked(each, named.get(key, others))
            for key, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [masked(each, schema.get("items")) for each in value]
    return value
