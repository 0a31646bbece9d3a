"""The first field of a ``known_hosts`` line: for which hosts it speaks."""

import hmac
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Sequence


def matches(patterns: str, names: Sequence[str]) -> bool:
    """Return whether the patterns match one of a host's names, as OpenSSH reads them.

    They are joined with commas: ``*`` and ``?`` are wildcards, ``!`` comes before one that must not match, and
    ``|1|salt|hash`` is a hashed name.
    """
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
    return _is_like(pattern.casefold(), name.casefold())


def _is_like(pattern: str, name: str) -> bool:
    """Return whether the name matches the pattern, in time linear in both but for the length of a piece with ``?``.

    Each piece between two stars is searched once, as early as it can be; a regular expression would try all places.
    """
    first, *others = pattern.split("*")
    if not others:
        return len(first) == len(name) and _at(first, name, 0)
    if len(pattern) - len(others) > len(name) or not _at(first, name, 0):
        return False
    *middle, last = others
    at, end = len(first), len(name) - len(last)
    for piece in filter(None, middle):
        at = _find(piece, name, at, end)
        if at < 0:
            return False
        at += len(piece)
    return at <= end and _at(last, name, end)


def _find(piece: str, name: str, start: int, end: int) -> int:
    if "?" not in piece:
        return name.find(piece, start, end)
    return next((at for at in range(start, end - len(piece) + 1) if _at(piece, name, at)), -1)


def _at(piece: str, name: str, at: int) -> bool:
    return all(one in ("?", other) for one, other in zip(piece, name[at : at + len(piece)], strict=True))


def _is_hash_of(pattern: str, name: str) -> bool:
    salt, _, digest = pattern[3:].partition("|")
    try:
        return hmac.compare_digest(hmac.digest(b64decode(salt), name.encode(), "sha1"), b64decode(digest))
    except NotBase64:
        return False
