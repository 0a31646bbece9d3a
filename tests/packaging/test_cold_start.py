"""What a function imports before it does anything, in a fresh interpreter that knows the package and nothing else."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from math import inf
from pathlib import Path

import pytest

from infra.bench import cold_start
from infra.bench.figures import Rows
from infra.local.emulator import LAMBDA_PYTHON
from tests.conftest import IN_SUMMARY
from tests.packaging.conftest import Package

pytestmark = pytest.mark.long

TARGET, SLACK, TRIES = 1.3, 0.15, 4
"""How much more processor time than its floor a function may take to start; what a machine that does other things may
add to that; and how often one that adds more is measured."""

HEAVY = {"libcloud", "paramiko", "boto3", "botocore", "pynamodb", "jsonschema", "requests", "cryptography"}


CHECKED = """
from contextlib import suppress
from chalicelib.domain.errors import InvalidRequest
from chalicelib.plugin.registry import attacks
found, broken = attacks().catalogue()
assert not broken, broken
for plugin in found:
    with suppress(InvalidRequest):  # an example's key is none
        plugin.check(plugin.example["args"])
example = attacks().get("run_script:RunScript").example["args"]
args = {name: value for name, value in example.items() if name != "region"}
cloud = {"driver": {"provider": "digitalocean", "key": "TOKEN"}, "filters": {"name": "web-*"}}
trusted = {"host_keys": ["SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"], "networks": ["203.0.113.0/24"]}
key = {"user": "root", "pem": {"ssm": "/chaos/key"}}
attacks().get("run_script:RunScript").check({**args, **cloud, **trusted, "ssh": key})
"""
"""What a POST asks of the plugins, all of them, and of one that attacks another cloud."""


def imported_by(packaged: Package, statement: str) -> set[str]:
    """The modules that are loaded after the statement."""
    site = next(packaged.layer.glob("python/lib/python3.*/site-packages"))
    program = f"{statement}\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    # Without the bare Python of the local AWS, this one in isolation has to do.
    python = LAMBDA_PYTHON if LAMBDA_PYTHON.exists() else Path(sys.executable)
    finished = subprocess.run(
        [python, "-S", "-B", "-c", program],
        env={"PYTHONPATH": os.pathsep.join([str(packaged.task), str(site)]), "STAGE": "local"},
        cwd=packaged.task,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return set(json.loads(finished.stdout.splitlines()[-1]))


def test_the_api_imports_nothing_heavy(packaged: Package) -> None:
    assert not HEAVY & imported_by(packaged, "import app")


@pytest.mark.parametrize("handler", ["attack", "resolve", "sweep", "dead_letters"])
def test_the_other_functions_import_neither_the_api_nor_anything_heavy(packaged: Package, handler: str) -> None:
    modules = imported_by(packaged, f"import chalicelib.handlers.{handler}")
    assert not HEAVY & modules
    assert "app" not in modules
    assert not [module for module in modules if module.startswith("chalicelib.api")]


def test_planning_an_attack_needs_no_cloud_library(packaged: Package) -> None:
    """The catalogue and POST load the plugins; what an attack needs to run is for the attack function to load."""
    modules = imported_by(
        packaged,
        "import plugins.attacks.terminate_ec2_instance, plugins.attacks.run_script, plugins.attacks.api_request",
    )
    assert not {"libcloud", "paramiko"} & modules


def test_checking_a_posted_attack_needs_no_cloud_library(packaged: Package) -> None:
    assert not {"libcloud", "paramiko"} & imported_by(packaged, CHECKED)


def test_a_plugin_of_the_originals_practice_can_be_imported(packaged: Package) -> None:
    names = "chaosmonkey.attacks, chaosmonkey.attacks.attack, chaosmonkey.planners, chaosmonkey.planners.planner"
    drivers = "chaosmonkey.drivers, chaosmonkey.drivers.ec2_driver, chaosmonkey.api.api_errors"
    assert "chaosmonkey.drivers.ec2_driver" in imported_by(packaged, f"import {names}, {drivers}")


@pytest.fixture(scope="module")
def measured() -> list[Rows]:
    """What was measured so far, of all functions at once."""
    return []


@pytest.mark.parametrize("what", list(cold_start.PROGRAMS))
def test_a_function_starts_in_little_more_than_its_libraries_take(
    what: str, measured: list[Rows], record_property: Callable[[str, object], None]
) -> None:
    """Against a floor measured in the same minute (docs/internals/performance.md)."""
    ratio = inf
    for number in range(TRIES):
        if number == len(measured):
            measured.append(cold_start.starts(runs=7))
        found = measured[number][what]["times its floor"]
        assert isinstance(found, float)
        ratio = min(ratio, found)
        if ratio <= TARGET + SLACK:
            break
    record_property(IN_SUMMARY, f"cold start: {what}, {ratio:.2f} times its floor")
    assert ratio <= TARGET + SLACK
