"""List the forms in which a text may contain a secret: whole, in part, and as common encoders write it."""

import base64
import binascii
import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

SHORTEST = 6
"""Characters. A shorter text occurs in other words by chance, and instance ids have to stay readable."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,31} +(\S+)$")
_UNRESERVED_BY_REQUESTS = "!#$%&'()*+,/:;=?@[]~"
_PRIVATE_KEY_LINE = "-----"


def forms_of(secrets: Iterable[str]) -> tuple[str, ...]:
    """Return all forms of these secrets, the longest first, so that none is masked only in part."""
    words = {word for secret in secrets for word in _words(secret) if len(word) >= SHORTEST}
    found = {form for word in words for form in _encoded(word) if len(form) >= SHORTEST}
    return tuple(sorted(found, key=lambda form: (-len(form), form)))


def _words(secret: str) -> Iterator[str]:
    """Yield a secret and its parts: its lines, a token after its scheme, and the texts in its JSON or base64."""
    for text in (secret, *_decoded(secret)):
        yield text
        yield from (line.strip() for line in text.splitlines() if _PRIVATE_KEY_LINE not in line)
        if with_scheme := _SCHEME.match(text):
            yield with_scheme[1]
        yield from (part.partition("=")[2] for part in re.split(r"[;\s]+", text) if "=" in part)
        yield from _in_json(text)


def _decoded(secret: str) -> Iterator[str]:
    """Yield the text that a secret holds in base64, as in a key or in ``Basic``, and the password in that."""
    encoded = secret.rpartition(" ")[2] if _SCHEME.match(secret) else secret
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        return
    yield text
    if "\n" not in text and ":" in text:
        yield text.partition(":")[2]


def _in_json(text: str) -> Iterator[str]:
    if text.lstrip()[:1] in ("{", "["):
        try:
            yield from _texts(json.loads(text))
        except (ValueError, RecursionError):
            return


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(each)


def _encoded(word: str) -> Iterator[str]:
    data = word.encode("utf-8", "replace")
    escaped = {encode(word) for encode in _ESCAPES}
    yield from escaped
    twice = {encode(each) for each in escaped - {word} for encode in _ESCAPES}  # JSON within JSON
    yield from twice
    yield from map(_json, twice)
    for once in (quote(word, safe="", errors="replace"), quote_plus(word, errors="replace")):
        yield from _either_case(quote(once, safe=""))
    for unreserved in ("", "/", _UNRESERVED_BY_REQUESTS):
        yield from _either_case(quote(word, safe=unreserved, errors="replace"))
    yield from _either_case(quote_plus(word, errors="replace"))
    yield from (html.escape(word), html.escape(word, quote=False), word.encode("ascii", "xmlcharrefreplace").decode())
    yield html.escape(word).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
    yield html.escape(word).replace("&#x27;", "&apos;")
    yield from (word.replace("'", "'\"'\"'"), word.replace("'", "'\\''"), word.replace("'", "''"))
    yield word.replace('"', '""')
    yield from (data.decode("latin-1"), word.encode("ascii", "replace").decode())
    yield word.encode("latin-1", "replace").decode("utf-8", "replace")
    yield from (unicodedata.normalize(form, word) for form in ("NFC", "NFD"))
    yield from (data.hex(), data.hex().upper())
    yield from _base64(data)


def _either_case(quoted: str) -> tuple[str, str]:
    return quoted, re.sub("%..", lambda octet: octet[0].lower(), quoted)


def _base64(data: bytes) -> Iterator[str]:
    """Yield the part that is the same in every base64 text that contains the data, at each alignment."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for before in range(3):
            bits = 8 * before
            text = encode(b"\0" * before + data).decode().rstrip("=")
            yield text[-(-bits // 6) : (bits + 8 * len(data)) // 6]
    yield from base64.encodebytes(data).decode().splitlines()[:-1]


def _json(word: str) -> str:
    return json.dumps(word)[1:-1]


def _with_escapes(text: str, characters: str) -> str:
    return re.sub(f"[{characters}]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _loud(text: str) -> str:
    return re.sub(r"\\u[0-9a-f]{4}", lambda found: "\\u" + found[0][2:].upper(), text)


_ESCAPES: tuple[Callable[[str], str], ...] = (
    lambda word: word,
    _json,
    lambda word: json.dumps(word, ensure_ascii=False)[1:-1],
    lambda word: _json(word).replace("/", "\\/"),  # PHP
    lambda word: _loud(_json(word)),  # Java and others that write \u20AC
    lambda word: _with_escapes(json.dumps(word, ensure_ascii=False)[1:-1], "<>&"),  # Go, Rails
    lambda word: _loud(_with_escapes(_json(word).replace('\\"', "\\u0022"), "<>&'+`")),  # .NET
    lambda word: repr(word)[1:-1],
    lambda word: ascii(word)[1:-1],
    lambda word: repr(word.encode("utf-8", "replace"))[2:-1],
    lambda word: repr(f"{word}'\"")[1:-4],  # where the text around it holds both quotes
    lambda word: repr(f"{word}'\"".encode("utf-8", "replace"))[2:-4],
)
