"""docs/internals/performance.md shows what was measured, and the pages that it links to are there."""

import json
import re

from infra.bench.__main__ import ALONE, ON_AN_ENGINE
from infra.bench.calls import RUNS
from infra.bench.report import BEGIN, BY_SIZE, END, PAGE, tables
from infra.packaging.package import ROOT

FOLDER = PAGE.with_suffix("")
MEASURED = json.loads((FOLDER / "bench.json").read_text())["tables"]


def test_the_tables_are_those_of_the_figures_beside_the_page() -> None:
    assert f"{BEGIN}{tables(MEASURED)}\n{END}" in PAGE.read_text()


def test_all_was_measured() -> None:
    assert MEASURED.keys() == {*ALONE, *ON_AN_ENGINE}
    assert [int(size) for size in MEASURED[BY_SIZE]] == list(RUNS)
    assert (FOLDER / "sizes.svg").stat().st_size > 10_000


def test_what_the_page_leads_to_is_there() -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", PAGE.read_text()):
        assert (PAGE.parent / link).exists(), link


def test_the_tests_that_it_names_are_there() -> None:
    for path in re.findall(r"`(tests/[\w/]+\.py)`", PAGE.read_text()):
        assert (ROOT / path).is_file(), path
