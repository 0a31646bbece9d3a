"""Send HTTP requests to servers on this computer, past any proxy that the environment names."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def body_of(document: Any) -> bytes | None:
    """Return the body in which a document is sent."""
    return None if document is None else json.dumps(document).encode()


def call(
    method: str, url: str, document: Any = None, *, headers: Mapping[str, str] | None = None, timeout: float = 30.0
) -> tuple[int, Any]:
    """Return the status and the JSON of the answer, None where it is no JSON. Raises ``OSError`` where nobody
    answers."""
    kind = {} if document is None else {"Content-Type": "application/json"}
    sent = {**kind, **(headers or {})}
    # S310 warns of file: addresses; the callers name only http ones of this machine.
    request = urllib.request.Request(url, data=body_of(document), headers=sent, method=method)  # noqa: S310
    try:
        with _OPENER.open(request, timeout=timeout) as answer:
            return answer.status, _document(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _document(error.read())


def size(url: str, timeout: float = 30.0) -> int:
    """Return how many bytes the answer has. Raises ``OSError``."""
    with _OPENER.open(url, timeout=timeout) as answer:
        return len(answer.read())


def _document(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None
