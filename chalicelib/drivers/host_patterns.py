"""The first field of a ``known_hosts`` line: for which hosts it speaks."""

import hmac
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Sequence


def matches(patterns: str, names: Sequence[str]) -> bool:
    """Whether one of a host's names is meant by the patterns, joined with commas, as OpenSSH reads them: ``*`` and
    ``?``, ``!`` before one that must not match, ``|1|salt|hash`` for a name that is kept secret."""
    wanted = False
    for pattern in patterns.split(","):
        if any(_matches(pattern.removeprefix("!"), name) for name in names):
            if pattern.startswith("!"):
                return False
            wanted = True
    return wanted


def _matches(pattern: str, name: str) -> bool:
    if pattern.startswith("|1|"):
        return _is_hash_of(pattern, name)
    parts = (".*" if part == "*" else "." if part == "?" else re.escape(part) for part in pattern)
    return re.fullmatch("".join(parts), name, re.IGNORECASE) is not None


def _is_hash_of(pattern: str, name: str) -> bool:
    salt, _, digest = pattern[3:].partition("|")
    try:
        return hmac.compare_digest(hmac.digest(b64decode(salt), name.encode(), "sha1"), b64decode(digest))
    except NotBase64:
        return False
