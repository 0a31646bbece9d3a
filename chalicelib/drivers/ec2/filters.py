"""Check EC2's filters: whether the endpoint honours them, and whether they have too many values.

EC2 answers an unknown filter with an error. An emulator may ignore it, and then every instance matches. So the setting
EC2_FILTERS of a stage can list the filters that the endpoint honours (shell patterns, separated by commas). All others
are refused.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.domain.ec2_filters import filter_fault
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.fault import Fault, json_path

Filters = Mapping[str, str | Sequence[str]]


MOST_VALUES = 200
"""Values that EC2 takes in all filters of one request together."""


def require_value_limit(filters: Filters, place: str) -> None:
    """Raise ``InvalidRequest`` for more values than EC2 takes in one request.

    Where only the engine's own filter makes them too many, the driver asks more than once.
    """
    many = count(filters)
    if many > MOST_VALUES:
        problem = f"the filters have {many} values, and EC2 takes {MOST_VALUES} in all of them together"
        raise InvalidRequest(Fault(f"$.{place}", problem, "give the machines a tag in common, and filter by that"))


def count(filters: Filters) -> int:
    """Return how many values the filters have in all."""
    return sum(1 if isinstance(value, str) else len(value) for value in filters.values())


def chunks(filters: Filters) -> Iterator[Filters]:
    """Yield filters for each request to EC2: a part of the values of the longest one, and all others.

    Raises ``AttackFailed`` where the others alone have too many values.
    """
    if count(filters) <= MOST_VALUES:
        yield filters
        return
    longest = max(filters, key=lambda name: count({name: filters[name]}))
    values, room = filters[longest], MOST_VALUES - count({**filters, longest: ""}) + 1
    if room < 1:
        raise AttackFailed(f"EC2 takes {MOST_VALUES} values in all filters together, and there are {count(filters)}")
    for start in range(0, len(values), room):
        yield {**filters, longest: values[start : start + room]}


def require_ec2_filters(names: Iterable[str]) -> None:
    """Raise ``InvalidRequest`` for a filter that EC2 does not have, where no schema has judged the names."""
    for name in names:
        if fault := filter_fault(name):
            raise InvalidRequest(fault.below(json_path(["filters", name])))


def require_honoured(filters: Iterable[str], environment: Mapping[str, str]) -> None:
    """Raise ``AttackFailed`` for a filter that is not among EC2_FILTERS. Without that setting EC2 itself judges."""
    honoured = environment.get("EC2_FILTERS", "*").split(",")
    for name in filters:
        if not any(fnmatchcase(name, pattern) for pattern in honoured):
            raise AttackFailed(
                f"this stage's EC2 does not filter by {name}, so every instance would match: nothing was attacked; "
                f"it filters by {', '.join(honoured)}"
            )
