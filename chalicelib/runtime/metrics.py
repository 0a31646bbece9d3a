"""Metrics that CloudWatch reads off the log: the embedded metric format.

A line that bears these members is counted, and stays a line like any other. No request is made for it, and nothing has
to be permitted (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/
CloudWatch_Embedded_Metric_Format_Specification.html; docs/adr/0010 says why no library writes it).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.domain.events import Happened
from chalicelib.ports.services import Clock

NAMESPACE = "ChaosMonkey"
OF_LIFECYCLE = {
    Happened.PLAN_CREATED: "PlansCreated",
    Happened.EXECUTOR_SUCCEEDED: "AttacksSucceeded",
    Happened.EXECUTOR_FAILED: "AttacksFailed",
    Happened.EXECUTOR_SKIPPED: "AttacksSkipped",
    Happened.EXECUTOR_MISSED: "AttacksMissed",
}
OF_UNDO = {Happened.EXECUTOR_SUCCEEDED: "UndosSucceeded", Happened.EXECUTOR_FAILED: "UndosGivenUp"}
REFUSED = "DeliveriesRefused"
UNDELIVERED = "Undelivered"
SWEEP_FAILED = "SweepFailed"
OF_SWEEP = {
    "erased": "SweepErased",
    "finalized": "SweepFinalized",
    "ended": "SweepEnded",
    "expedited": "SweepExpedited",
    "synced": "SweepSynced",
    "broken": "SweepBroken",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """The metrics of one stage."""

    stage: str
    clock: Clock

    def of(self, counts: Mapping[str, int], *, reason: str | None = None) -> dict[str, Any]:
        """Return the members of a log line that make CloudWatch count it (the embedded metric format).

        Each metric is counted by Stage, and with a ``reason`` also by Stage and Reason. Without counts there are no
        members.
        """
        if not counts:
            return {}
        directive = {
            "Namespace": NAMESPACE,
            "Dimensions": [["Stage"], ["Stage", "Reason"]] if reason else [["Stage"]],
            "Metrics": [{"Name": name, "Unit": "Count"} for name in counts],
        }
        milliseconds = int(self.clock().timestamp() * 1000)
        members = {"_aws": {"Timestamp": milliseconds, "CloudWatchMetrics": [directive]}, "Stage": self.stage, **counts}
        return {**members, "Reason": reason} if reason else members
