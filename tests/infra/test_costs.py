"""The bill, the quotas and what is assumed for them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.settings import Settings
from infra.costs.bill import ALARMS, Bill, bill, machine
from infra.costs.prices import PRICES
from infra.costs.quotas import QUOTAS, Rate, most_claims_at_once, per_partition
from infra.costs.workload import KEPT_MONTHS, MONTHS, WIDTH, Month
from infra.stages import stage
from tests.infra.test_templates import alarms

NOTHING = Month(name="nothing", attacks=0)


def test_what_is_free_is_taken_off_each_price_once() -> None:
    price = PRICES["CloudWatch alarms"]
    assert (price.of(12), price.of(12, free_tier=True), price.of(8, free_tier=True)) == (
        pytest.approx(1.2),
        pytest.approx(0.2),
        0,
    )


def test_a_bill_is_its_lines() -> None:
    paid = Bill({"KMS key": 1, "API Gateway": 2_000_000})
    assert paid.line("API Gateway") == pytest.approx(7)
    assert paid.total() == pytest.approx(8)


def test_no_price_is_used_that_is_not_there() -> None:
    for month in MONTHS:
        assert bill(month).used.keys() <= PRICES.keys()


def test_an_idle_stage_pays_for_what_stands_there_and_for_its_sweeps() -> None:
    used = bill(NOTHING).used
    assert used["CloudWatch alarms"] == ALARMS == len(alarms())
    assert used["Lambda requests"] == pytest.approx(365 / 12 * 24 * 12)
    assert used["DynamoDB reads"] == pytest.approx((4 * 0.5 + 1) * used["Lambda requests"])
    assert [used[name] for name in ("DynamoDB writes", "API Gateway", "EventBridge Scheduler")] == [0, 0, 0]


def test_what_attacks_add_grows_with_their_number() -> None:
    idle, some, more = (bill(replace(NOTHING, attacks=attacks)).used for attacks in (0, 1000, 2000))
    for name in ("DynamoDB writes", "EventBridge events", "Lambda time", "DynamoDB storage", "API Gateway"):
        assert more[name] - idle[name] == pytest.approx(2 * (some[name] - idle[name]))
        assert some[name] > idle[name]


def test_an_attack_of_a_large_plan_costs_more() -> None:
    small, large = (bill(Month(name="", attacks=1000, executors=executors)) for executors in (10, 1000))
    assert large.line("DynamoDB writes") > 2 * small.line("DynamoDB writes")


def test_what_is_assumed_is_what_is_set() -> None:
    names: Settings = stage("prod").names
    assert pytest.approx(timedelta(days=names.retention_days) / timedelta(days=365 / 12)) == KEPT_MONTHS
    assert names.parallel_requests == WIDTH
    assert names.list_shards == Rate(plans=1).shards


def test_a_core_that_is_busy_costs_more_than_the_machine() -> None:
    assert machine(spinning=True) > 2 * machine(spinning=False)


def test_shares_of_quotas_grow_with_the_rate_and_the_first_is_the_one_that_binds() -> None:
    one, ten = Rate(plans=1).shares(), Rate(plans=10).shares()
    assert {name: pytest.approx(10 * share) for name, share in one.items()} == ten
    assert one.keys() == QUOTAS.keys()
    assert list(ten.values()) == sorted(ten.values(), reverse=True)


def test_shards_divide_what_a_partition_takes() -> None:
    shares = [Rate(plans=100, shards=shards).shares()["a partition of an index"] for shards in (1, 4)]
    assert shares[0] == pytest.approx(4 * shares[1])


def test_every_executor_is_written_three_times_to_the_list_of_executors() -> None:
    """When it is made, claimed and recorded."""
    assert per_partition(10)["listed=executor#0"] == 3 * 10
    assert per_partition(10)["state_key=executor.succeeded#0"] == 10


def test_the_attacks_of_a_larger_plan_come_slower() -> None:
    assert most_claims_at_once(10) > most_claims_at_once(1000) > 30
