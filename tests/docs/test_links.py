"""Every link of the documents leads somewhere, and the names that they give are there."""

import ast
import re
from pathlib import Path

import pytest

from infra.packaging.package import ROOT

PAGES = sorted(
    [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md"), *(ROOT / "examples").glob("*.md")],
    key=lambda path: path.as_posix(),
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
MOST_WORDS = 900
WIDEST = 120


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_to_a_file_and_a_heading(page: Path) -> None:
    for link in LINK.findall(page.read_text()):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), link
        assert not anchor or anchor in anchors(there), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_line_of_prose_is_longer_than_a_screen_is_wide(page: Path) -> None:
    """A row of a table and a command that a reader copies cannot be broken."""
    prose = re.sub(r"^( *)(```|~~~).*?^\1\2$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    long = [line for line in prose.splitlines() if len(line) > WIDEST and not line.lstrip().startswith("|")]
    assert [line for line in long if not re.search(rf"`[^`]{{{WIDEST // 2},}}`", line)] == []


def test_the_readme_is_read_to_its_end() -> None:
    assert len((ROOT / "README.md").read_text().split()) <= MOST_WORDS


def test_what_the_architecture_says_is_there_is_there() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    table = re.findall(r"^\| [^|]+ \| `([\w/.]+)` \| `(\w+)` \|$", page, re.MULTILINE)
    assert len(table) >= 20
    for path, name in table:
        text = (ROOT / path).read_text()
        assert name in (defined(text) if path.endswith(".py") else re.findall(r"^ *(\w+):", text, re.MULTILINE)), path


def defined(text: str) -> set[str]:
    """Return the names that a module defines: functions, methods, classes and variables."""
    nodes = [*ast.walk(ast.parse(text))]
    named = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return named | {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def test_every_package_has_its_floor_in_the_architecture() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    drawn = re.findall(r"^([a-z]+(?: \| [a-z]+)*)  ", page, re.MULTILINE)
    packages = {path.parent.name for path in (ROOT / "chalicelib").glob("*/__init__.py")}
    assert {name for floor in drawn for name in floor.split(" | ")} == packages
