"""Clients that people generate from openapi.json, by the generators that they use, without special options."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from chalicelib.plugin import registry
from tests.api.client import Client
from tests.api.wsgi import Served
from tests.support.world import later, world

HERE = Path(__file__).parent
TOOLS = HERE / "node_modules" / ".bin"
PYTHON = Path(".local/clients-venv").absolute()
pytestmark = pytest.mark.long


def done(*command: object, cwd: Path | None = None, given: str | None = None) -> str:
    """What a command says; it has to succeed."""
    path = os.pathsep.join([str(PYTHON / "bin"), str(TOOLS), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    ran = subprocess.run(
        [str(each) for each in command], cwd=cwd, input=given, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, f"{command}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout + ran.stderr if given is None else ran.stdout


@pytest.fixture(scope="module")
def npm() -> None:
    """The tools of package.json."""
    if shutil.which("npm") is None:
        pytest.skip("npm is missing: apt-get install npm")
    wanted, marked = (HERE / "package-lock.json").read_bytes(), HERE / "node_modules" / ".installed"
    if not marked.exists() or marked.read_bytes() != wanted:
        done("npm", "ci", "--no-progress", "--ignore-scripts", cwd=HERE)
        marked.write_bytes(wanted)


@pytest.fixture(scope="module")
def pip() -> None:
    """The generator of Python clients, in an environment of its own."""
    wanted, marked = (HERE / "requirements.txt").read_bytes(), PYTHON / "installed"
    if not marked.exists() or marked.read_bytes() != wanted:
        done(sys.executable, "-m", "venv", "--clear", PYTHON)
        done(PYTHON / "bin" / "pip", "install", "-q", "-r", HERE / "requirements.txt")
        marked.write_bytes(wanted)


def shipped() -> Client:
    return Client(world(attacks=registry.attacks(), planners=registry.planners()))


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The document, in a file."""
    file = tmp_path_factory.mktemp("described") / "openapi.json"
    file.write_text(shipped().get("/api/1/openapi.json").text)
    return file


@pytest.fixture
def root() -> Iterator[str]:
    """The API on loopback, over an engine on memory adapters."""
    api = shipped()
    server = make_server("127.0.0.1", 0, Served(lambda: api), threaded=False)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/api/1"
    server.shutdown()
    thread.join()


def examples() -> list[dict[str, Any]]:
    """A plan of each attack's example, and one of each planner's."""
    attacks = [each.example for each in registry.attacks().catalogue()[0]]
    exact = {"ref": "exact_planner:ExactPlanner", "args": {"date": later(hours=1)}}
    simple = {"ref": "simple_planner:SimplePlanner", "args": {"min_time": "10:30", "max_time": "18:00", "times": 4}}
    return [
        {"name": f"{attack['ref']}", "attack": attack, "planner": each}
        for attack in attacks
        for each in (exact, simple)
    ]


def test_a_linter_has_no_errors_and_no_warnings_of_the_document(npm: None, described: Path) -> None:
    said = done(TOOLS / "redocly", "lint", described, "--extends=recommended", "--format=json", cwd=described.parent)
    assert json.loads(said[said.index("{") : said.rindex("}") + 1])["totals"]["errors"] == 0


def test_a_generated_python_client_posts_every_example_of_every_plugin(
    pip: None, described: Path, root: str, tmp_path: Path
) -> None:
    said = done(
        "openapi-python-client",
        "generate",
        "--path",
        described,
        "--output-path",
        tmp_path / "generated",
        "--meta",
        "none",
    )
    assert "arning" not in said, said
    plans = examples()
    answers = json.loads(
        done(PYTHON / "bin" / "python", HERE / "post_examples.py", tmp_path, root, given=json.dumps(plans))
    )
    api = shipped()
    for plan, answer in zip(plans, answers, strict=True):
        assert answer["sent"] == plan
        assert answer["attack"].endswith(plan["attack"]["ref"].partition(":")[2]), answer
        assert answer["planner"].endswith(plan["planner"]["ref"].partition(":")[2]), answer
        expected = api.post("/api/1/plans/?dry_run=true", plan)
        assert (answer["status"], answer["answer"].get("msg")) == (expected.status, expected.doc.get("msg"))
        assert answer["parsed"] == {200: "DryRun", 400: "Refusal"}[answer["status"]], answer
    assert {answer["status"] for answer in answers} >= {200}


def test_generated_typescript_types_take_every_example_of_every_plugin(
    npm: None, described: Path, tmp_path: Path
) -> None:
    done(TOOLS / "openapi-typescript", described, "-o", tmp_path / "api.d.ts")
    lines = ['import type { components } from "./api";', 'type NewPlan = components["schemas"]["NewPlan"];']
    lines += [f"export const plan{n}: NewPlan = {json.dumps(plan)};" for n, plan in enumerate(examples())]
    (tmp_path / "plans.ts").write_text("\n".join(lines))
    check = ("--strict", "--noEmit", "--skipLibCheck", "false")
    done(TOOLS / "tsc", *check, tmp_path / "plans.ts")
    wrong = [*lines[:2], 'export const plan: NewPlan = {"name": "a", "attack": {"ref": "no:No"}, "planner": {}};']
    (tmp_path / "wrong.ts").write_text("\n".join(wrong))
    with pytest.raises(AssertionError, match="wrong.ts"):
        done(TOOLS / "tsc", *check, tmp_path / "wrong.ts")
