"""docs/internals/cost.md shows what `make cost` prints."""

from infra.cost import MONTHS, bill, table
from infra.packaging.package import ROOT


def test_the_page_shows_the_bills_that_make_cost_prints() -> None:
    assert table() in (ROOT / "docs" / "internals" / "cost.md").read_text()


def test_the_readme_tells_the_same_of_an_idle_stage() -> None:
    idle = sum(bill(MONTHS[0]).values())
    assert f"An idle stage costs {idle:.2f} dollars a month" in (ROOT / "README.md").read_text()
