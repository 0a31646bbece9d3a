"""Cut what a plugin gives back to what may go on record: JSON of at most 8 KB, and words of at most 1 KB.

It is redacted before it is cut or encoded, since half a secret, or an escaped one, is no longer recognized.
Nothing here ever raises, whatever the plugin's objects do: it is called when the attack is over and there is only the
record left to write.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.plugin.isolation import or_else

LARGEST_OUTCOME = 8192
"""Bytes of JSON: the last 4 KB that a script printed, which grow when escaped, and what else is known of the run."""
LONGEST_MESSAGE = 1024

_LONGEST_SAID = 16 * LONGEST_MESSAGE
_CUT = 4000  # written as a JSON string it is at most twice as long, every character of it being a quote


Redact = Callable[[Any], Any]
"""Returns a copy of a JSON value without secrets (``secrets/redaction.py``)."""


def bounded(value: Any, redact: Redact) -> Mapping[str, Any] | None:
    """Return an outcome as it is stored: an object as it is, None as None, anything else as ``{"result": ...}``.

    A value without a JSON form is stored as text, and one longer than 8 KB as the beginning of its JSON.
    """
    if value is None:
        return None
    text = or_else(lambda: _json(value), None) or json.dumps({"result": _text(value)})
    text = json.dumps(redact(json.loads(text)))
    return dict(json.loads(text)) if len(text) <= LARGEST_OUTCOME else {"truncated": text[:_CUT], "bytes": len(text)}


def shortened(message: str) -> str:
    """Return a sentence cut to 1 KB, in characters that have a UTF-8 form."""
    encoded = message.encode("utf-8", "replace")
    if len(encoded) <= LONGEST_MESSAGE:
        return encoded.decode()
    return encoded[: LONGEST_MESSAGE - 4].decode("utf-8", "ignore") + " ..."


def words(error: BaseException, redact: Redact) -> str:
    """Return the message of an exception, redacted; its type where it has none."""
    return shortened(str(redact(_text(error)[:_LONGEST_SAID]))) or "no message was given"


def _json(value: Any) -> str:
    document = dict(value) if isinstance(value, Mapping) else {"result": value}
    return json.dumps(document, allow_nan=False, default=_text)


def _text(value: object) -> str:
    return or_else(lambda: str(value), f"a {type(value).__name__} that cannot be written as text")
