"""Measure the start of a function's process against a floor: importing botocore and making the two clients.

It counts processor seconds of fresh interpreters, each program in turn, so that the ratio holds on a machine that does
other things. A program exits at once, as a function's process does: an orderly exit would be a fourth of the figure.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from infra.bench.figures import Rows
from infra.bench.slow_aws import FUNCTION, KEYS
from infra.errors import InfraError
from infra.local.place import plain_environment
from infra.packaging.package import ROOT
from infra.stage.stages import environment, stage

FLOOR = "from botocore.session import Session; s = Session(); s.create_client('dynamodb'); s.create_client('scheduler')"
ATTACK = "import chalicelib.handlers.attack; from chalicelib.composition import bootstrap; bootstrap.execution()"
PROGRAMS: Mapping[str, tuple[str, str]] = {
    "api": (f"import app; from chalicelib.composition import bootstrap; bootstrap.plan_creation({FUNCTION!r})", FLOOR),
    "attack": (ATTACK, FLOOR),
    "attack and libcloud": (
        f"{ATTACK}; import chalicelib.drivers.ec2.driver",
        f"{FLOOR}; import libcloud.compute.drivers.ec2",
    ),
    "attack and paramiko": (f"{ATTACK}; import paramiko", f"{FLOOR}; import paramiko"),
}
"""The programs, each with its floor, which has the attack's library too."""


def starts(runs: int = 9) -> Rows:
    """Compare each program with its floor, by the least of so many runs, because other work only adds to them."""
    programs = {program for pair in PROGRAMS.values() for program in pair}
    found = [{program: spent(program) * 1000 for program in programs} for _ in range(runs)]
    least = {program: min(each[program] for each in found) for program in programs}
    took = {name: (least[program], least[floor]) for name, (program, floor) in PROGRAMS.items()}
    return {name: {"times its floor": ms / floor, "ms": ms, "floor, ms": floor} for name, (ms, floor) in took.items()}


def spent(
    program: str, places: Sequence[Path] = (ROOT, ROOT / "vendor"), python: Sequence[str] = (sys.executable,)
) -> float:
    """Return the processor seconds of a program in an interpreter that finds modules in these places, in their order.

    Raises ``InfraError`` where it fails.
    """
    path = {"PYTHONPATH": os.pathsep.join(os.fspath(place) for place in places)}
    given = {**plain_environment(), **environment(stage("local")), **KEYS, **path}
    before = getrusage(RUSAGE_CHILDREN)
    command = [*python, "-c", f"{program}; import os; os._exit(0)"]
    if subprocess.run(command, cwd=places[0], env=given, check=False).returncode:
        raise InfraError(f"A function cannot start: {program}")
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
