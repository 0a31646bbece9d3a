"""docs/tutorial.md, followed from its first command to its last on the deployed engine."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from chalicelib.domain.zones import zone_named
from infra.local.child import RunningEngine
from infra.local.fleet import TAG, launch
from infra.packaging.package import ROOT
from infra.stage.stages import TIMEZONE

PAGE = (ROOT / "docs" / "tutorial.md").read_text()
PRINTED = r"""\{'candidates': \d+, 'takes': 1, 'instances': .*\}
\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d
2087-06-21T15:30:00[+-]\d\d:\d\d
Plan [0-9a-f]{32} successfully deleted
lunch
the engine is halted by anyone \(lunch\): attacks that fall due meanwhile are skipped
False
(scheduled|running|succeeded)
Stop one \(undo\)
Plan [0-9a-f]{32} successfully deleted
Plan [0-9a-f]{32} successfully deleted
"""


@pytest.fixture
def fleet(stack: RunningEngine) -> Iterator[None]:
    """The instances of ``make fleet``, which no other test may find."""
    ec2 = stack.client("ec2")
    ids = launch(ec2, 3, *TAG)
    yield
    ec2.terminate_instances(InstanceIds=ids)


def test_each_command_prints_what_the_page_says(stack: RunningEngine, fleet: None, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")
    commands = "".join(re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))
    done = subprocess.run(
        ["bash", "-euc", "curl() { command curl --noproxy '*' \"$@\"; }\n" + there(commands, stack)],
        cwd=tmp_path,
        env={**os.environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.fullmatch(PRINTED, done.stdout), done.stdout


def there(commands: str, stack: RunningEngine) -> str:
    """Return the commands for the deployed engine. Late in the evening its plan at random is for no time of today."""
    planner = '{"ref": "simple_planner:SimplePlanner", "args": {"min_time": "00:00", "max_time": "23:59", "times": 2}}'
    assert planner in commands
    if datetime.now(zone_named(TIMEZONE)).hour == 23:
        commands = commands.replace(planner, '{"ref": "exact_planner:ExactPlanner", "args": {"date": "2086-01-01"}}')
    return commands.replace("http://localhost:5000", stack.run["api"])
