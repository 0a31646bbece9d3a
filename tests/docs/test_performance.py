"""docs/performance.md tells what was measured, and the pages it leads to are there."""

import re

from infra.bench.document import DOCUMENTS, PAGE, measured_before, tables_of_page
from infra.bench.table import tables
from infra.bench.through_the_stack import SIZES
from infra.package import ROOT


def test_the_tables_are_those_of_the_figures_beside_the_page() -> None:
    assert tables_of_page() == tables(measured_before())


def test_all_was_measured() -> None:
    measured = measured_before()
    assert [int(size) for size in measured["by size"]] == list(SIZES)
    assert measured["stored"].keys() == {"1000", "100000"}
    assert (DOCUMENTS / "sizes.svg").stat().st_size > 10_000


def test_what_the_page_leads_to_is_there() -> None:
    for link in re.findall(r"\]\(([^)#:]+)\)", PAGE.read_text()):
        assert (PAGE.parent / link).exists(), link


def test_the_tests_that_it_names_are_there() -> None:
    for path in re.findall(r"`(tests/[\w/]+\.py)`", PAGE.read_text()):
        assert (ROOT / path).is_file(), path
