"""The calculator of a month's bill."""

from dataclasses import replace
from datetime import timedelta

import pytest

from infra.cost import ALARMS, KEPT_MONTHS, MONTHS, PRICES, Month, bill, used
from infra.stage.stages import stage
from tests.infra.test_templates import alarms

NOTHING = Month(name="nothing", attacks=0)


def test_what_is_free_is_taken_off_each_price_once() -> None:
    price = PRICES["CloudWatch alarms"]
    assert price.of(12) == pytest.approx(1.2)
    assert price.of(12, free_tier=True) == pytest.approx(0.2)
    assert price.of(8, free_tier=True) == 0


def test_everything_that_is_used_has_a_price() -> None:
    assert used(MONTHS[-1]).keys() == PRICES.keys()


def test_an_idle_stage_pays_for_what_stands_there_and_for_its_sweeps() -> None:
    units = used(NOTHING)
    assert units["CloudWatch alarms"] == ALARMS == len(alarms())
    assert units["Lambda requests"] == pytest.approx(365 / 12 * 24 * 12)
    assert units["DynamoDB read units"] == pytest.approx(3 * units["Lambda requests"])
    assert [units[name] for name in ("DynamoDB write units", "API Gateway calls", "Scheduler invocations")] == [0, 0, 0]


def test_what_attacks_add_grows_with_their_number() -> None:
    idle, some, more = (used(replace(NOTHING, attacks=attacks)) for attacks in (0, 1000, 2000))
    for name in ("DynamoDB write units", "EventBridge events", "Lambda GB-seconds", "DynamoDB storage, GB"):
        assert more[name] - idle[name] == pytest.approx(2 * (some[name] - idle[name]))
        assert some[name] > idle[name]


def test_free_units_make_no_bill_dearer() -> None:
    for month in MONTHS:
        paid, with_free = bill(month), bill(month, free_tier=True)
        assert all(0 <= with_free[name] <= dollars for name, dollars in paid.items())


def test_records_are_kept_as_long_as_the_settings_say() -> None:
    assert pytest.approx(timedelta(days=stage("prod").names.retention_days) / timedelta(days=365 / 12)) == KEPT_MONTHS
