"""An API that asks for signatures (``make run IAM=1``), and callers with docs/how-to/control-access.md's policies."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.bring_up import api_id
from infra.local.callers import make_caller
from infra.local.calls import call
from infra.local.child import Child, RunningEngine
from infra.local.emulator import LAMBDA_PYTHON, PYTHON
from infra.local.place import Place
from infra.local.signing import Keys
from infra.packaging.package import ROOT
from tests.api.test_app import ROUTES
from tests.e2e.wishes import until
from tests.support.world import plan_document

PAGE = (ROOT / "docs" / "how-to" / "control-access.md").read_text()
UNKNOWN = {"plan_id": "0" * 32, "executor_id": "0" * 32 + "-0000", "freeze_id": "0" * 16}
CALLS = [(method, route.format(**UNKNOWN)) for route, methods in ROUTES.items() for method in sorted(methods)]
USER = "arn:aws:iam::123456789012:user/"
PLAN = {
    **plan_document(),
    "attack": {"ref": "api_request:ApiRequest", "args": {"endpoint": "http://127.0.0.1:9/", "method": "GET"}},
    "planner": {"ref": "exact_planner:ExactPlanner", "args": {"date": "2037-06-21T15:30:00"}},
}


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    """An engine of this module's own."""
    if not (PYTHON.exists() and LAMBDA_PYTHON.exists()):
        pytest.skip("the local AWS is not installed: `make run` or `make test` does that")
    child = Child(tmp_path_factory.mktemp("signed"), signed=True)
    with (child.folder / "output.log").open("wb") as output:
        child.start(output)
    yield child
    child.stop()


@pytest.fixture
def engine(signed: Child) -> RunningEngine:
    return RunningEngine(signed.run_file)


@pytest.fixture(scope="module")
def halter(signed: Child) -> Keys:
    place = Place(port=signed.port, aws_port=signed.aws_port, folder=signed.folder)
    return make_caller(RunningEngine(signed.run_file).client("iam"), "halter", api_id(place))


@pytest.fixture
def plan(engine: RunningEngine) -> Iterator[Any]:
    """A plan of the operator's."""
    status, made = engine.api("POST", "/plans/", PLAN)
    assert status == 200, made
    yield made
    engine.api("DELETE", made["_links"]["self"]["href"])


def test_the_run_file_has_the_keys_and_is_nobody_elses(signed: Child, engine: RunningEngine) -> None:
    assert stat.S_IMODE(signed.run_file.stat().st_mode) == 0o600
    assert engine.run["api_iam"] == engine.run["aws"] == f"http://127.0.0.1:{signed.aws_port}"
    assert len({engine.keys("viewer"), engine.keys("operator")}) == 2


@pytest.mark.parametrize("slash", ["", "/"])
def test_no_call_is_answered_unsigned(engine: RunningEngine, slash: str) -> None:
    for address in (engine.run["api_iam"], engine.run["api"]):
        answers = {call(method, f"{address}/api{path}{slash}")[0] for method, path in CALLS}
        assert answers == {403}


def test_nor_with_another_secret_or_unknown_keys(engine: RunningEngine) -> None:
    known = engine.keys("operator")
    for keys in (Keys(known.access_key, "x" * 40), Keys("AKIA0000000000000000", known.secret_key)):
        assert engine.signed(keys, "GET", "/plans/")[0] == 403


def test_a_browser_may_ask_what_it_may_send(engine: RunningEngine) -> None:
    request = urllib.request.Request(f"{engine.run['api']}/api/1/plans/", method="OPTIONS")
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
        assert answer.status == 200
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


def test_a_viewer_reads_and_changes_nothing(engine: RunningEngine, plan: Any) -> None:
    viewer = engine.keys("viewer")
    assert engine.signed(viewer, "GET", plan["_links"]["self"]["href"])[1]["created_by"] == f"{USER}operator"
    for method, path in CALLS:
        status = engine.signed(viewer, method, f"/api{path}", None if method in ("GET", "DELETE") else {})[0]
        assert status in (200, 404) if method == "GET" else status == 403, (method, path)


def test_what_an_operator_does_bears_its_name(engine: RunningEngine, plan: Any) -> None:
    operator = f"{USER}operator"
    assert plan["created_by"] == operator
    [executor] = engine.api("GET", plan["_links"]["self"]["href"])[1]["_embedded"]["executors"]
    move = {"type": "date", "args": {"date": "2037-06-22T15:30:00"}}
    status, moved = engine.api("PUT", executor["_links"]["update"]["href"], move)
    assert (status, moved["changed_by"]) == (200, operator)


def test_what_an_operator_has_run_bears_its_name(engine: RunningEngine, plan: Any) -> None:
    [executor] = engine.api("GET", plan["_links"]["self"]["href"])[1]["_embedded"]["executors"]
    assert engine.api("POST", f"/executors/{executor['id']}/run")[0] == 202

    def ended() -> Any:
        found = engine.api("GET", f"/executors/{executor['id']}")[1]
        return found if found["executed"] else None

    assert until("it ran", ended)["changed_by"] == f"{USER}operator"


def test_what_an_operator_deletes_keeps_its_name_as_the_log_does(engine: RunningEngine, plan: Any) -> None:
    [executor] = engine.api("GET", plan["_links"]["self"]["href"])[1]["_embedded"]["executors"]
    for path, sort_key in (
        (f"/executors/{executor['id']}", f"executor#{executor['id']}"),
        (f"/plans/{plan['id']}", "plan"),
    ):
        assert engine.api("DELETE", path)[0] == 200
        key = {"pk": {"S": plan["id"]}, "sk": {"S": sort_key}}
        row = engine.client("dynamodb").get_item(TableName="chaosmonkey-local", Key=key, ConsistentRead=True)["Item"]
        assert row["deleted_by"]["S"] == f"{USER}operator"

    def asked() -> bool:
        said = engine.client("logs").filter_log_events(logGroupName="/aws/lambda/chaosmonkey-local")["events"]
        lines = [json.loads(each["message"]) for each in said if "change asked" in each["message"]]
        logged = {(line["method"], line["path"], line["by"]) for line in lines}
        return ("DELETE", f"/api/1/plans/{plan['id']}", f"{USER}operator") in logged

    until("the log says who asked", asked)


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_halter_pulls_the_lever_and_does_nothing_else(engine: RunningEngine, halter: Keys, slash: str) -> None:
    for halted in (True, False):
        body = {"halted": halted, "reason": "checkout is down"}
        status, lever = engine.signed(halter, "PUT", f"/engine{slash}", body)
        assert (status, lever["halted"], lever["by"]) == (200, halted, f"{USER}halter")
    for method, path in CALLS:
        if (method, path) != ("PUT", "/1/engine"):
            status = engine.signed(halter, method, f"/api{path}{slash}", None if method in ("GET", "DELETE") else {})[0]
            assert status == 403, (method, path)


def environment(engine: RunningEngine, caller: str) -> dict[str, str]:
    """What the page's calls find in theirs."""
    keys = engine.keys(caller)
    without = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
    return {
        **without,
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_DEFAULT_REGION": engine.run["region"],
        "API": f"{engine.run['api_iam']}/api",
        "NO_PROXY": "*",
    }


def test_the_pages_curl_line_is_answered(engine: RunningEngine, plan: Any) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")
    [line] = re.findall(r"```sh\n(curl .*?)```", PAGE, re.DOTALL)
    said = subprocess.run(
        line.replace("curl ", "curl --silent --show-error ", 1),
        shell=True,
        env=environment(engine, "viewer"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert plan["id"] in said.stdout, said


def test_the_pages_python_halts_the_engine(engine: RunningEngine) -> None:
    [program] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    said = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(engine, "operator"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "'halted': True" in said.stdout and f"'by': '{USER}operator'" in said.stdout, said
    engine.api("PUT", "/engine", {"halted": False})


def test_started_again_it_knows_its_plans_and_the_old_keys_no_more(signed: Child, plan: Any) -> None:
    old = RunningEngine(signed.run_file).keys("operator")
    signed.stop()
    with (signed.folder / "output.log").open("ab") as output:
        engine = signed.start(output)
    path = plan["_links"]["self"]["href"]
    assert engine.signed(old, "GET", path)[0] == 403
    assert engine.api("GET", path)[1]["id"] == plan["id"]
