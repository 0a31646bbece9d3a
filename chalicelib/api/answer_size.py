"""Measure an answer as Lambda sends it.

Lambda answers with JSON, in which the body is one string: each quote and each backslash of the body is escaped again.
"""

import json
from collections.abc import Mapping
from typing import Any

LARGEST_ANSWER = 4_000_000
"""Bytes of a body."""
LARGEST_SENT = 6_000_000
"""Bytes of a body as Lambda sends it. With the headers Lambda sends at most 6,291,556:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


def render(document: Mapping[str, Any]) -> str:
    """Return the body that a document is answered with: ASCII."""
    return json.dumps(document, separators=(",", ":"))


class AnswerSize:
    """The size of an answer, summed up over the parts that it has so far."""

    def __init__(self) -> None:
        self._plain = self._sent = 0

    def add(self, part: Mapping[str, Any]) -> None:
        """Count one more part."""
        text = render(part)
        self._plain += len(text) + 1
        self._sent += len(text) + 1 + text.count('"') + text.count("\\")

    @property
    def is_too_large(self) -> bool:
        """Return whether an answer of these parts is more than may be sent."""
        return self._plain > LARGEST_ANSWER or self._sent > LARGEST_SENT
