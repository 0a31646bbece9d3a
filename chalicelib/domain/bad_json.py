"""Explain why a body is no JSON, without repeating any of it."""

import json

from chalicelib.domain.fault import Fault

_BY_BEGINNING = (
    (b"\x1f\x8b", "it is compressed by gzip: send it uncompressed, without Content-Encoding"),
    ("\x1f\N{REPLACEMENT CHARACTER}".encode(), "it is compressed by gzip: send it uncompressed"),
    (b"\xef\xbb\xbf", "it begins with a byte order mark: save the file as UTF-8 without one"),
    (b"\xff\xfe", "it is UTF-16: send UTF-8"),
    (b"\xfe\xff", "it is UTF-16: send UTF-8"),
)
_BY_NEXT = (
    ("'", "a text or a name stands in single quotes: use double quotes"),
    ("//", "there is a comment: JSON has none, take it out"),
    ("/*", "there is a comment: JSON has none, take it out"),
    ("#", "there is a comment: JSON has none, take it out"),
    ("\N{LEFT DOUBLE QUOTATION MARK}", "a text stands in typographic quotes: use plain double quotes"),
    ("\N{RIGHT DOUBLE QUOTATION MARK}", "a text stands in typographic quotes: use plain double quotes"),
    ("\N{NO-BREAK SPACE}", "there is a no-break space: use plain spaces"),
    ("True", "True is Python's: write true"),
    ("False", "False is Python's: write false"),
    ("None", "None is Python's: write null"),
    ("undefined", "undefined is JavaScript's: write null"),
)
_BY_MESSAGE = {
    "Unterminated string": "a text has no closing quote",
    "Invalid control character": "a text holds a line break, a tab or another control character: write it as \\n, \\t",
    "Invalid \\escape": "a backslash in a text begins no escape: write it twice",
    "Invalid \\uXXXX": "\\u in a text is not followed by four hexadecimal digits",
    "Expecting property name": "the name of a property is missing, or does not stand in double quotes",
    "Expecting ':'": "a colon is missing after the name of a property",
    "Expecting ','": "a comma is missing between two values, or a bracket is not closed",
    "Extra data": "something stands after the end of the document",
}


def explain(body: bytes, error: ValueError) -> Fault:
    """Return the fault of a body that ``error`` says is no JSON: the line, the column, and the likely cause."""
    if not body.strip():
        return Fault("$", "the body is empty: send a JSON document")
    for beginning, cause in _BY_BEGINNING:
        if body.startswith(beginning):
            return Fault("$", cause)
    if b"\0" in body[:4]:
        return Fault("$", "it is UTF-16 or UTF-32: send UTF-8")
    if isinstance(error, UnicodeDecodeError):
        line, column = _place(body[: error.start].decode("utf-8"))
        return Fault("$", f"line {line} column {column}: this is not UTF-8, perhaps ISO-8859-1: send UTF-8")
    if isinstance(error, json.JSONDecodeError):
        return Fault("$", f"line {error.lineno} column {error.colno}: {_cause(error)}")
    return Fault("$", str(error))


def _place(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _cause(error: json.JSONDecodeError) -> str:
    before, text = error.doc[: error.pos].rstrip(), error.doc[error.pos : error.pos + 12]
    if not text:
        return "the body ends before the document does: a bracket is not closed"
    if text[0] in "}]" and before.endswith(","):
        return "a comma stands before the closing bracket: take it out"
    for beginning, cause in _BY_NEXT:
        if text.startswith(beginning):
            return cause
    return next((cause for words, cause in _BY_MESSAGE.items() if error.msg.startswith(words)), "a value is missing")
