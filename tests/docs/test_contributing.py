"""What CONTRIBUTING.md tells a reader to add is added to a copy of the repository, and works there."""

import re
import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from infra.packaging.package import LITTER, ROOT

GUIDE = (ROOT / "CONTRIBUTING.md").read_text()
BLOCK = re.compile(r"`([\w/.]+)`[^`]*\n\n```(python|diff)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ASIDE = (*LITTER, ".git", ".venv", ".local", ".cache", ".hypothesis", "build", "node_modules")
LOADED = """
from chalicelib.plugin import registry
plugin = registry.attacks().get("reboot_node:RebootNode")
assert plugin.can_be_undone() is False and plugin.can_resolve()
"""
DESCRIBED = """
from app import app
from chalicelib.api.operation import registered
from chalicelib.api.openapi import document
from chalicelib.plugin import registry
described = document(registered(app.routes), registry.attacks(), registry.planners(), signed=True)
assert "get" in described["paths"]["/plans/{plan_id}/dates"]
"""
PLUGIN = ("Add a plugin", ["tests/plugins/test_lint.py"], LOADED)
ENDPOINT = ("Add an endpoint", ["tests/api/test_dates.py", "tests/api/test_app.py"], DESCRIBED)
GUARD = ("Add a guard", ["tests/unit/guards/test_max_candidates.py", "tests/docs/test_safety.py"], "")
ADAPTER = ("Add an adapter", ["tests/contract/test_parameter_alarms.py"], "")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return copytree(ROOT, tmp_path / "checkout", ignore=ignore_patterns(*ASIDE), symlinks=True)


def add(part: str, checkout: Path) -> list[str]:
    """Do what the part says, and return the files that it names."""
    section = GUIDE.partition(f"\n## {part}\n")[2].partition("\n## ")[0]
    blocks = BLOCK.findall(section)
    assert len(blocks) == section.count("```") // 2, "a block without a file"
    for path, kind, text in blocks:
        file = checkout / path
        if kind == "diff":
            for hunk in text.split("@@\n"):
                change(file, hunk)
        else:
            assert not file.exists()
            file.write_text(text)
    return [path for path, _, _ in blocks]


def change(file: Path, hunk: str) -> None:
    """Change every place that reads as the hunk's old lines do."""
    lines = hunk.splitlines()
    old, new = ("".join(f"{line[1:]}\n" for line in lines if line[:1] != other) for other in ("+", "-"))
    text = file.read_text()
    assert old in text, f"{file}\n{old}"
    file.write_text(text.replace(old, new))


def run(checkout: Path, *command: str) -> None:
    done = subprocess.run([sys.executable, "-B", *command], cwd=checkout, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.mark.parametrize(
    ("part", "tests", "shown"), [PLUGIN, ENDPOINT, GUARD, ADAPTER], ids=lambda each: str(each)[:14]
)
def test_what_the_guide_adds_works(part: str, tests: list[str], shown: str, checkout: Path) -> None:
    files = add(part, checkout)
    assert len([path for path in files if not path.startswith("tests/")]) <= 4
    code = [path for path in files if path.endswith(".py")]
    run(checkout, "-m", "ruff", "check", *code)
    run(checkout, "-m", "ruff", "format", "--check", *code)
    run(checkout, "-m", "infra.stage.generate")
    run(checkout, "-m", "infra.docs.reference")
    run(checkout, "-c", f"import sys; sys.path.insert(0, 'vendor')\n{shown}")
    run(checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)
