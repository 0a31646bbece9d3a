"""The end of what a script prints, in bounded memory, however much that is."""

import json
import re

KEPT = 4096
_LONGEST_END = 128


class Tail:
    """The last ``KEPT`` bytes of a script's output, between the marks that its keeper prints.

    ``begun`` becomes true at the line ``begin``; the output before it is the login shell's, and is kept until then.
    ``status`` is the exit status that follows ``end``. ``given`` is how many bytes the script has printed.
    """

    def __init__(self, begin: bytes, end: bytes) -> None:
        self.given = 0
        self.begun = False
        self.status: int | None = None
        self._kept = bytearray()
        self._begin, self._end = begin, re.compile(re.escape(end) + rb"([0-9]{1,3})\n")

    def add(self, data: bytes) -> None:
        """Add what was read next."""
        seen = max(len(self._kept) - _LONGEST_END, 0)
        self._kept += data
        if self.begun:
            self.given += len(data)
        else:
            _, found, after = self._kept.partition(self._begin)
            if found:
                self._kept, self.begun, self.given, seen = bytearray(after), True, len(after), 0
        if self.begun and self.status is None and (end := self._end.search(self._kept, seen)):
            self.status = int(end[1])
            self.given -= len(end[0])
            del self._kept[end.start() : end.end()]
        del self._kept[:-KEPT]

    @property
    def text(self) -> str:
        """Return the output as UTF-8; invalid bytes are replaced, and so is a character that was cut in two."""
        return bytes(self._kept).decode("utf-8", "replace")


def fitting(text: str, room: int) -> str:
    """Return the longest end of a text whose JSON form has at most ``room`` bytes."""
    start, used = len(text), 2
    while start > 0 and (used := used + len(json.dumps(text[start - 1])) - 2) <= room:
        start -= 1
    return text[start:]
