"""Docstrings and messages read as the house's prose does: plain sentences that begin with a verb or a noun."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.packaging.package import ROOT

PRODUCT = [
    ROOT / "app.py",
    *(path for name in ("chalicelib", "infra", "plugins") for path in (ROOT / name).rglob("*.py")),
]
TEXTS = [
    *(path for path in (ROOT / "tests").rglob("*.py") if path.name != "test_words.py"),
    *(ROOT / "docs").rglob("*.md"),
    *ROOT.glob("*.md"),
]
HALF_QUESTIONS = {"How", "What", "Whether", "Which", "Who", "Why"}
"""A sentence that begins so is a question, or has to be read twice."""
NO_VERBS = HALF_QUESTIONS | {
    *("A", "All", "Also", "An", "As", "At", "Each", "Every", "For", "From", "If", "In", "It", "Its", "No", "None"),
    *("Nothing", "Of", "On", "One", "Only", "So", "Such", "That", "The", "Their", "These", "They", "This", "Those"),
    *("Until", "When", "Where", "While", "With", "Without"),
}
BANNED = re.compile(
    r"(?<![A-Za-z])(told|saying|(un)?settle[sd]?|bury|buried|interred|hastens?|hastened|why_not|holds? back|held back|"
    r"cannot be told|cannot tell|mends?|mended|mending)(?![A-Za-z])",
    re.I,
)
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def docstrings(path: Path) -> Iterator[tuple[Documented, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, Documented) and (text := ast.get_docstring(node)):
            yield node, text


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.:!?])\s+", text)


@pytest.mark.parametrize("path", PRODUCT, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_docstrings_begin_with_a_verb_or_a_noun_and_no_sentence_is_half_a_question(path: Path) -> None:
    for node, text in docstrings(path):
        first = text.split()[0]
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert first not in NO_VERBS and first[0].isupper() and not re.search("[^s]s$", first), text
        else:
            assert first not in HALF_QUESTIONS, text
        halves = [each for each in sentences(text) if each.split()[0] in HALF_QUESTIONS and not each.endswith("?")]
        assert not halves, text


@pytest.mark.parametrize("path", PRODUCT + TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_name_comment_or_message_has_a_word_that_only_its_authors_understand(path: Path) -> None:
    assert not [line for line in path.read_text().splitlines() if BANNED.search(line)]
