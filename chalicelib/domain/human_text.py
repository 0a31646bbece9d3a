"""Judge texts that people write for people: names and reasons.

A refused character shows nothing, or makes a text look different from what is stored.
"""

import unicodedata

from chalicelib.domain.fault import Fault

FORMAT = "human-text"
"""The JSON Schema format of such texts."""

_ACCEPTED_FORMATS = frozenset("\u200c\u200d\u200e\u200f\u061c")
"""Joiners, which scripts and emoji need, and direction marks, which only order what they stand between."""
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\ufffc\U0001d159")
"""Letters and signs that Unicode counts as visible and no font draws."""
_EMOJI = range(0x1F000, 0x1FB00)
"""Unicode reserves this range for emoji, some of which are newer than Python's tables."""
_WANTED = "give printable characters, one of them visible"
_REFUSED = {
    "Cc": "a control character",
    "Cs": "a surrogate",
    "Cn": "not assigned by Unicode",
    "Zl": "a line separator",
    "Zp": "a paragraph separator",
    "Cf": "invisible, or turns the direction of what follows",
}


def text_fault(text: str) -> Fault | None:
    """Return the fault of a text that people are to read, None where it has none. Any length is accepted."""
    for character in text:
        kind = unicodedata.category(character)
        if kind not in _REFUSED or character in _ACCEPTED_FORMATS or (kind == "Cn" and ord(character) in _EMOJI):
            continue
        name = unicodedata.name(character, "")
        which = f"U+{ord(character):04X}{name and f' ({name})'}"
        return Fault("$", f"the text holds {which}, which is {_REFUSED[kind]}", _WANTED)
    return None if any(map(_is_visible, text)) else Fault("$", "the text holds no visible character", _WANTED)


def _is_visible(character: str) -> bool:
    kind = unicodedata.category(character)
    return character not in _BLANK and (kind[0] in "LNPS" or (kind == "Cn" and ord(character) in _EMOJI))
