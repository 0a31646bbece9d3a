"""The commands of docs/safety.md, tried on the deployed engine."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.local.child import RunningEngine
from infra.package import ROOT
from tests.e2e.wishes import Plans

PAGE = (ROOT / "docs" / "safety.md").read_text()
CURL = "curl() { command curl --silent --show-error --fail-with-body --noproxy '*' \"$@\" && echo; }\nset -e\n"
Block = Callable[..., str]


@pytest.fixture
def block(stack: RunningEngine, tmp_path: Path) -> Iterator[Block]:
    """Runs the commands that a chapter of the page shows, and returns what they print."""
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")

    def run(chapter: str, **variables: str) -> str:
        [shown] = re.findall(rf"^## {chapter}\n.*?```sh\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE)
        there = shown.replace("localhost:5000", stack.run["api"]).replace("2027-", "2087-")  # ahead, whenever this runs
        said = subprocess.run(
            ["bash", "-c", CURL + there],
            cwd=tmp_path,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert said.returncode == 0, said.stdout + said.stderr
        return said.stdout

    yield run
    assert stack.api("PUT", "/engine/", {"halted": False})[0] == 200


def test_stop_everything(block: Block, stack: RunningEngine) -> None:
    halted, shown, history, again = block("Stop everything").splitlines()
    assert '"halted":true,"reason":"incident 4711"' in halted and halted.partition("_links")[0] in shown
    assert '"action":"halted"' in history and '"halted":false' in again


def test_freeze_a_time(block: Block, stack: RunningEngine) -> None:
    freeze = {"name": "x", "start": "2087-01-01", "end": "2087-01-02", "reason": "x"}
    status, made = stack.api("POST", "/engine/freezes/", freeze)
    assert status == 200
    frozen, listed, deleted = block("Freeze a time", FREEZE=made["id"]).splitlines()
    assert '"name":"sale","start":"2087-11-26T00:00:00+01:00","end":"2087-11-30T06:00:00+01:00"' in frozen
    assert '"name":"sale"' in listed and "successfully deleted" in deleted
    _, left = stack.api("GET", "/engine/freezes/")
    for each in left["freezes"]:
        stack.api("DELETE", f"/engine/freezes/{each['id']}")


def test_what_a_plan_asks_for(block: Block, stack: RunningEngine, plans: Plans) -> None:
    cloudwatch = stack.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="checkout-errors",
        Namespace="shop",
        MetricName="errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName="checkout-errors", StateValue="OK", StateReason="the test says so")
    dry, made = block("What a plan asks for").splitlines()
    assert '"targets":{"candidates":' in dry and '"held":' in dry
    assert '"warnings":["what it could hit was not looked up' in made
    [id] = re.findall(r'"id":"([0-9a-f]{32})"', made)
    plans.adopt(id)
    cloudwatch.delete_alarms(AlarmNames=["checkout-errors"])


def test_undo(block: Block, plans: Plans) -> None:
    plans.fleet(1, "page")
    args = {"filters": {"tag:chaos": "page"}, "duration": 86_400}
    _, executor = plans.post({"ref": "stop_ec2_instance:StopEC2Instance", "args": args}, ahead=2)
    plans.ended(executor)
    assert '"kind":"undo"' in block("Undo", EXECUTOR=executor["id"])
