"""What a bench measured, as the tables of docs/performance.md."""

from collections.abc import Mapping
from typing import Any

from infra.bench.original import CREATE, DELETE

Measured = Mapping[str, Any]


def tables(measured: Measured) -> str:
    """Markdown. Times are milliseconds unless something else is said: the median, and in brackets least and most."""
    parts = (_sizes, _runs, _stored, _slow, _cold, _memory)
    return "\n".join(part(measured) for part in parts)


def _sizes(measured: Measured) -> str:
    rows = []
    for size, found in measured["by size"].items():
        cells = [_figure(found[operation]) for operation in ("create", "get", "list", "run", "delete")]
        rows.append([size, cells[0], f"{CREATE[int(size)]:,.0f}", *cells[1:], f"{DELETE[int(size)]:,.0f}"])
    head = ["executors", "create", "the original's", "get", "list a page", "run one", "delete", "the original's"]
    return _table("Through the deployed stack, by the size of the plan", head, rows)


def _runs(measured: Measured) -> str:
    dispatch = measured["dispatch"]
    rows = [[name, _figure(found)] for name, found in measured["run now"].items()]
    rows.append(["delivered until the target is hit, warm", _figure(dispatch["warm"])])
    most = dispatch["at once"]
    rows.append([f"{most['runs']} due in the same second: until the last target is hit", f"{most['most']:,.0f}"])
    return _table("Running", ["what", "ms"], rows)


def _stored(measured: Measured) -> str:
    names = list(next(iter(measured["stored"].values()))["times"])
    rows = []
    for stored, found in measured["stored"].items():
        size = found["bytes"]
        rows.append([f"{int(stored):,}", *(_figure(found["times"][name]) for name in names), _kilobytes(size)])
    return _table("Reading, by what is stored", ["executors stored", *names, "bytes of page, plan"], rows)


def _slow(measured: Measured) -> str:
    rows = [[size, _figure(found)] for size, found in measured["answers after 30 ms"].items()]
    return _table("Creating where AWS answers after 30 ms", ["executors", "create"], rows)


def _cold(measured: Measured) -> str:
    found = measured["cold start"]
    rows = [[name, f"{ratio:.2f}", f"{found['seconds'][name] * 1000:,.0f}"] for name, ratio in found["ratios"].items()]
    return _table("Cold start, in processor time", ["what", "times its floor", "ms"], rows)


def _memory(measured: Measured) -> str:
    rows = [[name, f"{mib:,.0f}"] for name, mib in measured["memory"].items()]
    return _table("Memory of the functions' processes", ["which", "MiB"], rows)


def _figure(found: Mapping[str, float]) -> str:
    return f"{found['median']:,.0f} ({found['least']:,.0f}-{found['most']:,.0f})"


def _kilobytes(size: Mapping[str, int]) -> str:
    return ", ".join(f"{each / 1000:,.0f} KB" for each in size.values())


def _table(title: str, head: list[str], rows: list[list[str]]) -> str:
    lines = [f"### {title}", "", _row(head), _row(["---"] * len(head)), *map(_row, rows), ""]
    return "\n".join(lines)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
