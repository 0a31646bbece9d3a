"""How DynamoDB measures an item, and what writing and reading it takes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html, and
read-write-operations.html beside it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

Item = Mapping[str, Mapping[str, Any]]
"""As it is sent: ``{"pk": {"S": "..."}, ...}``."""

KB = 1024
WRITE_UNIT, READ_UNIT = KB, 4 * KB
OVERHEAD = 100
"""Bytes that are charged as storage for each item, in the table and in each index."""
INDEX_KEYS = ("listed", "state_key")
"""The attribute whose presence puts an item into an index, for each of the two; ``position`` sorts both."""


def size(item: Item) -> int:
    """Bytes: of all names and values. A number takes a byte for two digits and one more."""
    return sum(len(name.encode()) + _of_value(value) for name, value in item.items())


def stored(item: Item) -> int:
    """Bytes that are charged as storage: in the table, and in each index that it is in."""
    return (size(item) + OVERHEAD) * (1 + sum(key in item for key in INDEX_KEYS))


def write_units(before: Item | None, after: Item | None, *, transaction: bool = False) -> int:
    """Write request units for putting (``before`` None), changing or deleting (``after`` None) an item, its copies in
    the indexes included.

    The larger of the two counts. A transaction doubles what the table takes; an index follows on its own and takes one
    write where the item stays at its place in it, and two where it moves.
    """
    table = table_units(before, after, transaction=transaction)
    return table + sum(_in_index(key, before, after) for key in INDEX_KEYS)


def table_units(before: Item | None, after: Item | None, *, transaction: bool = False) -> int:
    """The same without the indexes: what the partition of the item's plan takes. To look at an item in a transaction,
    and change nothing, takes as much as to write it, and one unit where it is not there."""
    return max(1, _units(before), _units(after)) * (2 if transaction else 1)


def index_units(key: str, before: Item | None, after: Item | None) -> Counter[str]:
    """What the partitions of one index take, by the value of its key. What does not change is not written there."""
    taken: Counter[str] = Counter()
    if before == after:
        return taken
    if before is not None and after is not None and _place(key, before) == _place(key, after) is not None:
        taken[after[key]["S"]] = max(_units(before), _units(after))
        return taken
    for item in (before, after):
        if item is not None and key in item:
            taken[item[key]["S"]] += _units(item)
    return taken


def read_units(items: Iterable[Item | None], *, together: bool = False, consistent: bool = True) -> float:
    """Read request units for reading items one by one, or ``together`` as a query does. What is not there takes one
    unit too, and reading that may lag half of it."""
    sizes = [0 if item is None else size(item) for item in items]
    pieces = [sum(sizes)] if together else sizes
    return sum(max(1, ceil(piece / READ_UNIT)) for piece in pieces) * (1 if consistent else 0.5)


def _units(item: Item | None) -> int:
    return 0 if item is None else ceil(size(item) / WRITE_UNIT)


def _in_index(key: str, before: Item | None, after: Item | None) -> int:
    return index_units(key, before, after).total()


def _place(key: str, item: Item) -> tuple[str, str] | None:
    return (item[key]["S"], item["position"]["S"]) if key in item else None


def _of_value(value: Mapping[str, Any]) -> int:
    [(kind, content)] = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "N":
        return ceil(len(content.lstrip("-").replace(".", "").lstrip("0")) / 2) + 1
    if kind == "B":
        return len(content)
    if kind in ("BOOL", "NULL"):
        return 1
    raise ValueError(f"the engine keeps no {kind}")
