"""The end of what a script prints, in bounded memory, however much that is."""

import json

KEPT = 4096


class Tail:
    """Keeps the last ``KEPT`` bytes of all that it is given; ``given`` is how many that were. What comes before a line
    ``marker`` is neither kept nor counted: a login shell may have something to say of its own."""

    def __init__(self, marker: bytes) -> None:
        self.given = 0
        self._kept = bytearray()
        self._marker: bytes | None = marker + b"\n"

    def add(self, data: bytes) -> None:
        self._kept += data
        if self._marker is None:
            self.given += len(data)
        else:
            _, found, after = self._kept.partition(self._marker)
            if found:
                self._kept, self._marker, self.given = bytearray(after), None, len(after)
        del self._kept[:-KEPT]

    @property
    def text(self) -> str:
        """As UTF-8; bytes that are none are replaced, and so is a character that was cut in two."""
        return bytes(self._kept).decode("utf-8", "replace")


def fitting(text: str, room: int) -> str:
    """The longest end of a text whose JSON form has at most ``room`` bytes."""
    start, used = len(text), 2
    while start > 0 and (used := used + len(json.dumps(text[start - 1])) - 2) <= room:
        start -= 1
    return text[start:]
