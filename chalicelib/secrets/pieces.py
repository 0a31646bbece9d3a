"""Mask the pieces of secrets that remain where somebody cut a text before its redaction.

A long text may have been cut at either end, and any text beside an ellipsis.
"""

import re

from chalicelib.secrets.parts import MASK

SHORTEST_PIECE = 4
"""Characters of a secret at a cut. A shorter piece may remain, and all of a secret of fewer than six characters."""
_LONGEST_PIECE = 4096
"""Characters. Of a longer piece only so many are searched for, anywhere in the text."""
_LONG = 64
"""Characters. A text of this length or more may have been cut."""
_ELLIPSIS = re.compile(r"(\s?(?:\.\.\.|…)\s?)")


def mask_pieces(text: str, forms: tuple[str, ...], *, is_cut: bool = False) -> str:
    """Return the text with the end of a secret masked where it begins, and the beginning of one where it ends.

    ``forms`` are those of all secrets. ``is_cut`` means that the text has been cut, however short it is.
    """
    segments = _ELLIPSIS.split(text)
    if not forms or (len(segments) == 1 and len(text) < _LONG and not is_cut):
        return text
    return "".join(each if number % 2 else _of_segment(each, forms) for number, each in enumerate(segments))


def _of_segment(text: str, forms: tuple[str, ...]) -> str:
    """Return the text between two cuts, with the pieces of secrets at them masked."""
    text = _joined(text, forms)
    begin, end = len(text) - len(text.lstrip("\ufffd'\"")), len(text.rstrip("\ufffd'\"\\"))
    if len(text) < SHORTEST_PIECE:
        return text
    # A quote or a backslash at the cut may be the text's own, or the secret's.
    begins = {begin, len(text) - len(text.lstrip("\ufffd"))}
    ends = {end, len(text.rstrip("\ufffd"))}
    start = max(_end_of_secret(text, form, at) for form in forms for at in begins)
    stop = min(end, *(_beginning_of_secret(text, form, 0, at) for form in forms for at in ends))
    if start > stop:
        return text[:begin] + MASK + text[end:]
    shown = text[begin:stop] if start == begin else MASK + text[start:stop]
    return text[:begin] + shown + (text[stop:] if stop == end else MASK + text[end:])


def _joined(text: str, forms: tuple[str, ...]) -> str:
    """Return the text without what stands between a cut and a mask, where that belongs to the same secret.

    A part of a piece may be a secret of its own, such as what follows an equals sign, and is masked by then.
    """
    before, mask, after = text.partition(MASK)
    piece = before.lstrip("\ufffd'\"")
    if mask and len(piece) >= SHORTEST_PIECE and any(piece in form for form in forms):
        text = before.removesuffix(piece) + mask + after
    before, mask, after = text.rpartition(MASK)
    piece = after.rstrip("\ufffd'\"\\")
    if mask and len(piece) >= SHORTEST_PIECE and any(piece in form for form in forms):
        text = before + mask + after.removeprefix(piece)
    return text


def _end_of_secret(text: str, form: str, begin: int) -> int:
    """Return where the piece of the secret at the beginning of the text ends; ``begin`` if there is none."""
    tail = form[-_LONGEST_PIECE:]
    if len(tail) < len(form) and (at := text.rfind(tail)) >= 0:
        return at + len(tail)
    head = text[begin : begin + SHORTEST_PIECE]
    at = tail.find(head)
    while at >= 0:
        if text.startswith(tail[at:], begin):
            return begin + len(tail) - at
        at = tail.find(head, at + 1)
    return begin


def _beginning_of_secret(text: str, form: str, begin: int, end: int) -> int:
    """Return where the piece of the secret at the end of the text begins; ``end`` if there is none."""
    head = form[:_LONGEST_PIECE]
    if len(head) < len(form) and (at := text.find(head)) >= 0:
        return at
    at = text.find(head[:SHORTEST_PIECE], max(begin, end - len(head)), end)
    while at >= 0:
        if head.startswith(text[at:end]):
            return at
        at = text.find(head[:SHORTEST_PIECE], at + 1, end)
    return end
