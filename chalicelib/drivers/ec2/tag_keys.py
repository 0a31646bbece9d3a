"""Compare the tag keys in filters with those that machines bear. EC2 compares them case-sensitively."""

from collections.abc import Iterable, Sequence
from typing import Any

from chalicelib.drivers.ec2.filters import Filters


def in_filters(filters: Filters) -> list[str]:
    """Return the keys in filters of DescribeInstances, without patterns."""
    keys = [name.removeprefix("tag:") for name in filters if name.startswith("tag:")]
    by_key = filters.get("tag-key", ())
    keys += [by_key] if isinstance(by_key, str) else list(by_key)
    return [key for key in keys if not set("*?") & set(key)]


def of_nodes(nodes: Iterable[Any]) -> set[str]:
    """Return the keys that these nodes bear."""
    return {str(key) for node in nodes for key in node.extra.get("tags", {})}


def missing_key_warnings(place: str, filters: Filters, borne: set[str], who: str) -> tuple[str, ...]:
    """Return a sentence for each key of the filters, at ``place`` of the args, that is not among ``borne``."""
    found = []
    for key in in_filters(filters):
        if key not in borne:
            others = sorted(each for each in borne if each.casefold() == key.casefold())
            nearest = f": there is {', '.join(others)}, and EC2 compares keys with their case" if others else ""
            found.append(f"no {who} bears the tag {key} of {place}{nearest}")
    return tuple(found)


def value_case_warnings(place: str, filters: Filters, nodes: Sequence[Any], who: str) -> tuple[str, ...]:
    """Return a sentence for each value of a tag that nodes bear only in another case, and so does not match."""
    found = []
    for name, wanted in filters.items():
        key = name.removeprefix("tag:")
        borne = {str(node.extra.get("tags", {}).get(key)) for node in nodes if key in node.extra.get("tags", {})}
        for value in ([wanted] if isinstance(wanted, str) else wanted) if name.startswith("tag:") else ():
            others = sorted(each for each in borne if each.casefold() == value.casefold())
            if others and value not in borne:
                found.append(
                    f"no {who} bears the tag {key} of {place} with the value {value}: there is {', '.join(others)},"
                    " and EC2 compares values with their case"
                )
    return tuple(found)


def pattern(key: str) -> str:
    """Return a pattern for EC2's filters that matches the key in any case, and some other keys."""
    return "".join("?" if each.lower() != each.upper() or each in "*?\\" else each for each in key)
