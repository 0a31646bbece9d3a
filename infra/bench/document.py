"""The page docs/performance.md: its tables are those of the bench whose figures lie beside it."""

import json
from pathlib import Path
from typing import Any

from infra.bench.table import tables
from infra.package import ROOT

DOCUMENTS = ROOT / "docs" / "performance"
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- the tables of make bench -->\n", "<!-- here they end -->\n"


def put_into_page(measured: dict[str, Any]) -> None:
    """Put the tables where the page has them."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{tables(measured)}\n{END}{rest.partition(END)[2]}")


def tables_of_page(page: Path = PAGE) -> str:
    """The tables that the page has."""
    return page.read_text().partition(BEGIN)[2].partition(END)[0].removesuffix("\n")


def measured_before(folder: Path = DOCUMENTS) -> dict[str, Any]:
    """The figures that lie beside the page."""
    found: dict[str, Any] = json.loads((folder / "bench.json").read_text())
    return found
