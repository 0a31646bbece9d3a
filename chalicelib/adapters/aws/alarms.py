"""The state of CloudWatch alarms: ``ports.Alarms``."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.adapters.aws.retry import Backoff

_PAGE = 100  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html


class CloudWatchAlarms:
    """The alarms of CloudWatch, metric alarms and composite ones. ``client`` is a CloudWatch client."""

    def __init__(self, client: Any, *, backoff: Backoff | None = None) -> None:
        self._client = client
        self._backoff = backoff or Backoff(tries=4, shortest=0.1)

    def states(self, names: Sequence[str]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for start in range(0, len(names), _PAGE):
            answer = self._backoff.call(
                "reading the alarms",
                self._client.describe_alarms,
                AlarmNames=list(names[start : start + _PAGE]),
                AlarmTypes=["MetricAlarm", "CompositeAlarm"],
                MaxRecords=_PAGE,
            )
            for alarm in (*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ())):
                found[alarm["AlarmName"]] = alarm["StateValue"]
        return found
