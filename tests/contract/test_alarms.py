"""``ports.Alarms``: what CloudWatch says of alarms."""

from collections.abc import Callable
from itertools import count

import pytest

from chalicelib.adapters.aws.alarms import CloudWatchAlarms
from chalicelib.adapters.aws.clients import client
from chalicelib.adapters.aws.retry import Backoff
from chalicelib.adapters.memory.alarms import MemoryAlarms
from chalicelib.domain.unavailable import Unavailable
from tests.contract.builders import no_pause
from tests.contract.conftest import REGION
from tests.contract.wires import answered, counted, error

_serial = count(1)
Raise = Callable[[str, str], None]


@pytest.fixture
def alarms(endpoint: str | None) -> MemoryAlarms | CloudWatchAlarms:
    if endpoint is None:
        return MemoryAlarms()
    cloudwatch = client("cloudwatch", connections=1, region=REGION, endpoint=endpoint)
    return CloudWatchAlarms(cloudwatch, backoff=Backoff(tries=2, sleep=no_pause))


@pytest.fixture
def put(alarms: MemoryAlarms | CloudWatchAlarms) -> Raise:
    """Puts an alarm there, in that state."""
    if isinstance(alarms, MemoryAlarms):
        return alarms.raised.__setitem__
    cloudwatch = alarms._client

    def put(name: str, state: str) -> None:
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            Namespace="contract",
            MetricName="errors",
            Statistic="Sum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test says so")

    return put


def test_each_alarm_is_in_its_state_and_what_is_none_is_left_out(
    alarms: MemoryAlarms | CloudWatchAlarms, put: Raise
) -> None:
    names = [f"alarm {next(_serial)}" for _ in range(3)]
    for name, state in zip(names, ("OK", "ALARM", "INSUFFICIENT_DATA"), strict=True):
        put(name, state)
    assert alarms.states([*names, "nobody"]) == dict(zip(names, ("OK", "ALARM", "INSUFFICIENT_DATA"), strict=True))


def test_a_hundred_names_are_one_request(moto_endpoint: str) -> None:
    cloudwatch = client("cloudwatch", connections=1, region=REGION, endpoint=moto_endpoint)
    with counted(cloudwatch) as requests:
        CloudWatchAlarms(cloudwatch).states([f"alarm {number}" for number in range(100)])
    assert requests == {"DescribeAlarms": 1}


def test_where_they_cannot_be_read_they_are_unavailable(moto_endpoint: str) -> None:
    cloudwatch = client("cloudwatch", connections=1, region=REGION, endpoint=moto_endpoint)
    with answered(cloudwatch, "DescribeAlarms", error("AccessDenied", status=403)), pytest.raises(Unavailable):
        CloudWatchAlarms(cloudwatch).states(["one"])
