"""Every command that loads plugins takes the original engine's plugin files, in a checkout of somebody's own."""

import subprocess
import sys
from pathlib import Path
from shutil import copy, copytree, ignore_patterns

import pytest

from infra.packaging.package import LITTER, ROOT

DOCUMENTED = ROOT / "tests" / "plugins" / "documented"
CATALOGUES = (
    "from chalicelib.plugin import registry;"
    "attacks, planners = registry.attacks().catalogue(), registry.planners().catalogue();"
    "print(attacks[1], planners[1])"
)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose owner has put the original's files into the plugins folders."""
    made = tmp_path_factory.mktemp("checkout")
    for part in (".chalice", "chalicelib", "infra", "plugins", "vendor"):
        copytree(ROOT / part, made / part, symlinks=True, ignore=ignore_patterns(*LITTER))
    for kind in ("attacks", "planners"):
        for file in (DOCUMENTED / kind).glob("[a-z]*.py"):
            copy(file, made / "plugins" / kind)
    return made


def run(checkout: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-B", *command], cwd=checkout, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    "command",
    [
        ("-m", "infra.stage.generate"),
        ("-m", "infra.stage.generate", "--check"),
        ("-m", "infra.stage.attack_policy", "dev"),
        ("-c", CATALOGUES),
    ],
    ids=["generate", "check", "policy", "catalogues"],
)
def test_a_command_that_loads_plugins_finds_the_originals_names(checkout: Path, command: tuple[str, ...]) -> None:
    done = run(checkout, *command)
    assert (done.returncode, done.stderr) == (0, "")
    if command[0] == "-c":
        assert done.stdout == "[] []\n"


def test_an_attack_that_cannot_be_loaded_is_a_sentence_of_generate(checkout: Path) -> None:
    broken = checkout / "plugins" / "attacks" / "broken.py"
    broken.write_text("import nothing_of_that_name\n")
    try:
        done = run(checkout, "-m", "infra.stage.generate")
    finally:
        broken.unlink()
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing_of_that_name" in done.stderr
    assert "Traceback" not in done.stderr
