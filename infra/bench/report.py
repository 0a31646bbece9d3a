"""Write what a bench measured: the figures, a plot, and the tables of docs/internals/performance.md."""

import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path

from infra.bench.figures import Figure, Rows
from infra.packaging.package import ROOT

BY_SIZE = "Through the deployed stack, by the executors of the plan"
PAGE = ROOT / "docs" / "internals" / "performance.md"
BEGIN, END = "<!-- the tables of make bench -->\n", "<!-- here they end -->\n"


def write(measured: Mapping[str, Rows], folder: Path) -> None:
    """Write ``bench.json`` and ``sizes.svg`` into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    machine = {"python": platform.python_version(), "cores": os.cpu_count()}
    (folder / "bench.json").write_text(json.dumps({"machine": machine, "tables": measured}, indent=1) + "\n")
    _plot(measured[BY_SIZE], folder / "sizes.svg")


def put_into_page(measured: Mapping[str, Rows]) -> None:
    """Put the tables where the page has them."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{tables(measured)}\n{END}{rest.partition(END)[2]}")


def tables(measured: Mapping[str, Rows]) -> str:
    """Return Markdown, a table for each title."""
    return "\n".join(f"### {title}\n\n{_table(rows)}\n" for title, rows in measured.items())


def _table(rows: Rows) -> str:
    columns = list(next(iter(rows.values())))
    cells = [["", *columns], ["---"] * (1 + len(columns))]
    cells += [[name, *(_cell(found[column]) for column in columns)] for name, found in rows.items()]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def _cell(found: Figure | float) -> str:
    """Return a figure as its median, and in brackets the least and the most. A ratio has its decimals."""
    if isinstance(found, dict):
        return f"{found['median']:,.0f} ({found['least']:,.0f}-{found['most']:,.0f})"
    return f"{found:,.2f}" if found < 5 else f"{found:,.0f}"


def _plot(by_size: Rows, path: Path) -> None:
    """Save a picture of the medians with both axes logarithmic, the original's lines dashed."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    from matplotlib import figure, rcParams

    rcParams["svg.hashsalt"] = "the same picture from the same figures"
    picture = figure.Figure(figsize=(7, 4.5), layout="constrained")
    axes = picture.add_subplot(
        xscale="log", yscale="log", xlabel="executors of the plan", ylabel="milliseconds (median)"
    )
    for name in by_size["1"]:
        cells = [row[name] for row in by_size.values()]
        medians = [cell["median"] if isinstance(cell, dict) else cell for cell in cells]
        axes.plot([int(size) for size in by_size], medians, "x--" if "original" in name else "o-", label=name)
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(fontsize="small")
    picture.savefig(path, metadata={"Date": None})
