"""``make cost``: print every table of docs/cost.md; ``--write`` puts them there."""

import sys

from infra.costs.page import PAGE, filled
from infra.costs.tables import TABLES
from infra.costs.year_table import of_year


def main(arguments: list[str]) -> int:
    """Print each table as soon as it is known."""
    made = {}
    for name, of in {**TABLES, "year": of_year}.items():
        made[name] = of()
        print(f"{name}\n\n{made[name]}\n", flush=True)
    if "--write" in arguments:
        PAGE.write_text(filled(PAGE.read_text(), made))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
