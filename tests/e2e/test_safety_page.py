"""The commands of docs/explanation/safety.md and of docs/how-to/hold-attacks-back.md, tried on the deployed engine."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chalicelib.guards.spec import GUARDS
from infra.local.child import RunningEngine
from infra.packaging.package import ROOT
from tests.e2e.wishes import Plans

PAGE = (ROOT / "docs" / "explanation" / "safety.md").read_text()
HOW_TO = (ROOT / "docs" / "how-to" / "hold-attacks-back.md").read_text()
PLAN = {
    "name": "of the README",
    "attack": {"ref": "terminate_ec2_instance:TerminateEC2Instance", "args": {"filters": {"tag:Chaos": "true"}}},
    "planner": {"ref": "exact_planner:ExactPlanner", "args": {"date": "2087-06-21T10:30:00"}},
}
CURL = "curl() { command curl --silent --show-error --fail-with-body --noproxy '*' \"$@\" && echo; }\nset -e\n"
Block = Callable[..., str]


@pytest.fixture
def block(stack: RunningEngine, tmp_path: Path) -> Iterator[Block]:
    """Runs the commands that a chapter of the page shows, and returns what they print."""
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")

    def run(chapter: str, how_to: bool = False, **variables: str) -> str:
        """A chapter of the how-to page begins with its name in bold."""
        title, page = (rf"\*\*{chapter}\.\*\*", HOW_TO) if how_to else (rf"## {chapter}\n", PAGE)
        [shown] = re.findall(rf"^{title}.*?```sh\n(.*?)```", page, re.DOTALL | re.MULTILINE)
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


@pytest.fixture
def alarm(stack: RunningEngine) -> Iterator[None]:
    """The one of the examples, which is OK."""
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
    yield
    cloudwatch.delete_alarms(AlarmNames=["checkout-errors"])


def test_what_a_plan_asks_for(block: Block, plans: Plans, alarm: None) -> None:
    dry, made = block("What a plan asks for").splitlines()
    assert '"targets":{"candidates":' in dry and '"held":' in dry
    # Other tests' instances may bear the key in another case, and then that is the warning.
    nothing, another_case = "nothing matches now in us-east-1", "no instance bears the tag Chaos of filters"
    assert re.search(rf'"warnings":\["({nothing}|{another_case})', made), made
    [id] = re.findall(r'"id":"([0-9a-f]{32})"', made)
    plans.adopt(id)


def test_undo(block: Block, plans: Plans) -> None:
    plans.fleet(1, "page")
    args = {"filters": {"tag:chaos": "page"}, "duration": 86_400}
    _, executor = plans.post({"ref": "stop_ec2_instance:StopEC2Instance", "args": args}, ahead=2)
    plans.ended(executor)
    assert '"kind":"undo"' in block("Undo", EXECUTOR=executor["id"])


def test_the_readmes_halt_lever_and_what_holds_now(block: Block) -> None:
    halted, refusing, history, again = block("Halt lever", how_to=True).splitlines()
    assert '"halted":true,"reason":"incident 4711","refuse_plans":false' in halted
    assert '"refuse_plans":true' in refusing and '"action":"halted"' in history and '"halted":false' in again
    [shown] = block("Leash, limits, tags", how_to=True).splitlines()
    assert all(f'"{name}":' in shown for name in ("leashed", "limits", "protected_tags", "required_tags"))


def test_the_readmes_freezes(block: Block, stack: RunningEngine) -> None:
    freeze = {"name": "x", "start": "2087-01-01", "end": "2087-01-02", "reason": "x"}
    _, made = stack.api("POST", "/engine/freezes/", freeze)
    frozen, listed, deleted = block("Freezes", how_to=True, FREEZE=made["id"]).splitlines()
    assert '"name":"sale"' in frozen and '"name":"sale"' in listed and "successfully deleted" in deleted
    for each in stack.api("GET", "/engine/freezes/")[1]["freezes"]:
        stack.api("DELETE", f"/engine/freezes/{each['id']}")


def test_the_readmes_guards_each_with_a_line(block: Block, plans: Plans, alarm: None, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(json.dumps(PLAN))
    assert '"targets":{"candidates":' in block("Dry run", how_to=True)
    made = [json.loads(line) for line in block("Guards of a plan", how_to=True).splitlines()]
    for plan in made:
        plans.adopt(plan["id"])
    asked = [name for plan in made for name in plan["guards"]]
    assert asked == [*GUARDS["properties"]] and [plan["mode"] for plan in made] == ["dry_run", *["attack"] * 6]


def test_the_readmes_undo(block: Block, plans: Plans) -> None:
    plans.fleet(1, "readme")
    args = {"filters": {"tag:chaos": "readme"}, "duration": 86_400}
    _, executor = plans.post({"ref": "stop_ec2_instance:StopEC2Instance", "args": args}, ahead=2)
    plans.ended(executor)
    assert '"kind":"undo"' in block("Undo", how_to=True, EXECUTOR=executor["id"])
