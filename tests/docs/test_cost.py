"""docs/cost.md shows what `make cost` prints."""

import pytest

from infra.costs.bill import bill
from infra.costs.page import PAGE, filled, names
from infra.costs.tables import TABLES
from infra.costs.workload import MONTHS
from infra.costs.year_table import of_year
from infra.package import ROOT


def test_every_table_has_its_place() -> None:
    assert set(names(PAGE.read_text())) == {*TABLES, "year"}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_what_is_printed(name: str) -> None:
    page = PAGE.read_text()
    assert filled(page, {name: TABLES[name]()}) == page, "make cost WRITE=yes"


def test_the_readme_tells_the_same_of_an_idle_stage() -> None:
    idle = bill(MONTHS[0]).total()
    assert f"An idle stage costs {idle:.2f} dollars a month" in (ROOT / "README.md").read_text()


def test_a_table_without_a_place_is_refused() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        filled("<!-- table: here -->\n<!-- end -->", {"nowhere": ""})
    assert "\n| a |\n" in filled("<!-- table: here -->\n<!-- end -->", {"here": "| a |"})


@pytest.mark.long
def test_the_year_is_what_is_simulated() -> None:
    page = PAGE.read_text()
    assert filled(page, {"year": of_year()}) == page, "make cost WRITE=yes"
