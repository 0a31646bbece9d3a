"""What a plugin gives back, cut to what may go on record: JSON, at most 4 KB, and words of at most 1 KB."""

import json
from collections.abc import Mapping
from typing import Any

LARGEST_OUTCOME = 4096
LONGEST_MESSAGE = 1024


def bounded(value: Any) -> Mapping[str, Any] | None:
    """An outcome as it is kept: an object as it is, None as None, anything else as ``{"result": ...}``.

    What has no JSON form is kept as text, and what is longer than 4 KB as the beginning of its JSON.
    """
    if value is None:
        return None
    try:
        text = json.dumps(value if isinstance(value, Mapping) else {"result": value}, allow_nan=False, default=str)
    except (TypeError, ValueError, RecursionError):
        text = json.dumps({"result": repr(value)})
    if len(text.encode()) <= LARGEST_OUTCOME:
        return dict(json.loads(text))
    return {"truncated": text[: LARGEST_OUTCOME // 2], "bytes": len(text.encode())}


def shortened(message: str) -> str:
    """A sentence of at most 1 KB."""
    return message if len(message) <= LONGEST_MESSAGE else message[: LONGEST_MESSAGE - 4] + " ..."
