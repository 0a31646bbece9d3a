"""DynamoDB's arithmetic, by the examples of its documentation and by rows of the engine."""

from typing import Any

import pytest

from chalicelib.model import PlanState
from infra.costs.item_size import Item, index_units, read_units, size, stored, table_units, write_units
from infra.costs.sample import Sample


def item(kilobytes: float, **attributes: str) -> Item:
    given = {name: {"S": value} for name, value in attributes.items()}
    return {**given, "t": {"S": "x" * (int(kilobytes * 1024) - size(given) - 1)}}


@pytest.mark.parametrize(
    ("value", "taken"),
    [({"S": "naïve"}, 6), ({"N": "27"}, 2), ({"N": "-1798761600"}, 6), ({"N": "0"}, 1), ({"B": b"123"}, 3)],
)
def test_a_value_takes_its_bytes_and_its_name(value: dict[str, Any], taken: int) -> None:
    assert size({"ab": value}) == 2 + taken
    assert size({"ab": {"BOOL": True}}) == 3


def test_what_the_engine_never_keeps_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="M"):
        size({"ab": {"M": {}}})


def test_writing_takes_a_unit_for_each_kilobyte_begun_and_twice_as_many_in_a_transaction() -> None:
    """https://aws.amazon.com/dynamodb/pricing/on-demand/: 1 KB takes one, 3 KB three, in a transaction six."""
    assert [write_units(None, item(each)) for each in (0.5, 1, 1.1, 3)] == [1, 1, 2, 3]
    assert write_units(None, item(3), transaction=True) == 6
    assert write_units(item(3), item(1)) == write_units(item(1), item(3)) == write_units(item(3), None) == 3


def test_looking_at_an_item_in_a_transaction_is_not_free() -> None:
    assert write_units(None, None, transaction=True) == 2
    assert write_units(item(3), item(3), transaction=True) == 6


def test_an_index_takes_one_write_of_what_stays_and_two_of_what_moves() -> None:
    at, later = item(2, listed="a", position="1"), item(2, listed="a", position="2")
    changed = item(2, listed="a", position="1", x="changed")
    assert index_units("listed", None, at) == {"a": 2}
    assert index_units("listed", at, changed) == {"a": 2}
    assert index_units("listed", at, at) == {}
    assert index_units("listed", at, later) == {"a": 4}
    assert index_units("listed", at, item(2, listed="b", position="1")) == {"a": 2, "b": 2}
    assert index_units("listed", at, item(2)) == {"a": 2}
    assert index_units("state_key", at, later) == {}
    assert write_units(at, changed, transaction=True) == table_units(at, changed, transaction=True) + 2 == 6


def test_reading_takes_a_unit_for_four_kilobytes_and_half_of_it_where_it_may_lag() -> None:
    """The same page: 8 KB take two units, one where it may lag."""
    assert read_units([item(8)]) == 2
    assert read_units([item(8)], consistent=False) == 1
    assert read_units([item(1), item(1), None]) == 3
    assert read_units([item(1)] * 5, together=True) == 2
    assert read_units([], together=True, consistent=False) == 0.5


def test_a_plans_row_grows_by_five_bytes_an_executor() -> None:
    sizes = [size(Sample(executors).plan(PlanState.ACTIVE)) for executors in (100, 200)]
    assert sizes[1] - sizes[0] == 5 * 100


def test_storage_is_charged_in_the_table_and_in_each_index() -> None:
    assert stored(item(1)) == 1024 + 100
    assert stored(item(1, listed="a", state_key="b")) == 3 * (1024 + 100)
    assert stored(Sample(10).succeeded) == 3 * (size(Sample(10).succeeded) + 100)


def test_a_claim_and_a_record_take_what_the_decisions_say() -> None:
    """docs/adr/0001 and 0003: 24 units of a plan of 1,000 with its copies, 14 of both rows in the table."""
    open_, claimed = (Sample(1000).plan(PlanState.ACTIVE, remaining=500, running=running) for running in (0, 1))
    assert write_units(open_, claimed, transaction=True) == 24
    rows = ((open_, claimed), (Sample(1000).scheduled, Sample(1000).running))
    assert sum(table_units(before, after, transaction=True) for before, after in rows) == 14
