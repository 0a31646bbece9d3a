"""docs/cost.md between its marks: prose is written by hand, tables by this program."""

import re
from collections.abc import Mapping

from infra.package import ROOT

PAGE = ROOT / "docs" / "cost.md"
_PLACE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: str, tables: Mapping[str, str]) -> str:
    """The page with these tables in their places; the others stay. Raises ``KeyError`` where one has no place."""
    missing = tables.keys() - set(names(page))
    if missing:
        raise KeyError(f"docs/cost.md has no place for {', '.join(sorted(missing))}")

    def put(place: re.Match[str]) -> str:
        before, name, after = place.groups()
        return f"{before}\n{tables[name]}\n\n{after}" if name in tables else place.group()

    return _PLACE.sub(put, page)


def names(page: str) -> list[str]:
    """The tables that the page has places for, in their order."""
    return [name for _, name, _ in _PLACE.findall(page)]
