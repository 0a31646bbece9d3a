"""What a plugin gives back, cut to what may go on record: JSON, at most 8 KB, and words of at most 1 KB.

Nothing here ever raises, whatever the plugin's objects do: it is called when the attack is over and there is only the
record left to write.
"""

import json
from collections.abc import Mapping
from typing import Any

from chalicelib.boundary import or_else

LARGEST_OUTCOME = 8192
"""Bytes of JSON: the last 4 KB that a script printed, which grow when escaped, and what else is known of the run."""
LONGEST_MESSAGE = 1024

_CUT = 4000  # written as a JSON string it is at most twice as long, every character of it being a quote


def bounded(value: Any) -> Mapping[str, Any] | None:
    """An outcome as it is kept: an object as it is, None as None, anything else as ``{"result": ...}``.

    What has no JSON form is kept as text, and what is longer than 8 KB as the beginning of its JSON.
    """
    if value is None:
        return None
    text = or_else(lambda: _json(value), None) or json.dumps({"result": _text(value)})
    return dict(json.loads(text)) if len(text) <= LARGEST_OUTCOME else {"truncated": text[:_CUT], "bytes": len(text)}


def shortened(message: str) -> str:
    """A sentence of at most 1 KB, in characters that have a UTF-8 form."""
    encoded = message.encode("utf-8", "replace")
    if len(encoded) <= LONGEST_MESSAGE:
        return encoded.decode()
    return encoded[: LONGEST_MESSAGE - 4].decode("utf-8", "ignore") + " ..."


def words(error: BaseException) -> str:
    """What an exception says, if it says anything."""
    return shortened(_text(error)) or "no message was given"


def _json(value: Any) -> str:
    document = dict(value) if isinstance(value, Mapping) else {"result": value}
    return json.dumps(document, allow_nan=False, default=_text)


def _text(value: object) -> str:
    return or_else(lambda: str(value), f"a {type(value).__name__} that cannot be written as text")
