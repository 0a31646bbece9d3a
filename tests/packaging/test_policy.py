"""``make policy`` prints what the attack function may do with the plugins that are there."""

import json
import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import pytest
from click.testing import CliRunner

from infra.packaging.package import LITTER, ROOT
from infra.stage.attack_policy import main
from infra.stage.generate import FOLDER
from infra.stage.stages import STAGES

PLUGIN = '''
"""A plugin of somebody's own."""

from chalicelib.plugin import Attack


class Own(Attack):
    """Does what it does. IAM: ACTION."""

    ref = "own:Own"
    schema = {}
    example = {"ref": ref, "args": {}}
    iam_actions = ("ACTION",)
'''


@pytest.mark.parametrize("name", [each.name for each in STAGES])
def test_it_is_what_is_deployed(name: str) -> None:
    done = CliRunner().invoke(main, [name])
    assert (done.exit_code, done.stdout) == (0, (FOLDER / f"policy-attack-{name}.json").read_text())


def test_another_stage_is_refused() -> None:
    done = CliRunner().invoke(main, ["pord"])
    assert done.exit_code == 2
    assert "there is no stage 'pord': give STAGE=local or STAGE=dev or STAGE=prod\n" in done.stderr


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """One of somebody's own, to put plugins in and take them out."""
    for part in ("chalicelib", "infra", "plugins"):
        copytree(ROOT / part, tmp_path / part, ignore=ignore_patterns(*LITTER))
    return tmp_path


def printed(checkout: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-B", "-m", "infra.stage.attack_policy", "dev"]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=60, check=False)


def actions(checkout: Path) -> set[str]:
    done = printed(checkout)
    assert done.returncode == 0, done.stderr
    policy: dict[str, Any] = json.loads(done.stdout)
    return {action for statement in policy["Statement"] for action in statement["Action"]}


def test_it_follows_the_plugins_that_are_installed(checkout: Path) -> None:
    before = actions(checkout)
    (checkout / "plugins" / "attacks" / "reboot_ec2_instance.py").unlink()
    assert before - actions(checkout) == {"ec2:RebootInstances"}
    (checkout / "plugins" / "attacks" / "own.py").write_text(PLUGIN.replace("ACTION", "ec2:RebootInstances"))
    assert actions(checkout) == before


def test_an_action_that_is_allowed_on_no_resource_yet_is_reported(checkout: Path) -> None:
    (checkout / "plugins" / "attacks" / "own.py").write_text(PLUGIN.replace("ACTION", "ec2:DetachVolume"))
    done = printed(checkout)
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        "ec2:DetachVolume is allowed on no resource yet: add its kinds to infra/stage/attack_permissions.py"
        in done.stderr
    )


def test_an_attack_that_cannot_be_loaded_is_reported(checkout: Path) -> None:
    (checkout / "plugins" / "attacks" / "own.py").write_text("import nothing_of_that_name\n")
    done = printed(checkout)
    assert done.returncode == 1
    assert "cannot be loaded" in done.stderr


def test_make_lists_it_and_runs_it() -> None:
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "make policy " in said
    dry = subprocess.run(["make", "--dry-run", "policy"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "-m infra.stage.attack_policy dev" in dry.stdout
