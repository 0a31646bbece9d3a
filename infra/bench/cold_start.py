"""What a function's process does before it can serve, against a floor: importing botocore and making the two clients.

In processor seconds of a fresh interpreter, each in turn, so that the ratio holds on a machine that does other things.
It ends at once: a function's process takes no leave, and tidying up would be a fourth of what is measured.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from infra.bench.slow_aws import FUNCTION
from infra.local.place import REGION, plain_environment
from infra.package import ROOT
from infra.stages import environment, stage

CHECKOUT = (ROOT, ROOT / "vendor")
FLOOR = "from botocore.session import Session; s = Session(); s.create_client('dynamodb'); s.create_client('scheduler')"
API = f"import app; from chalicelib import bootstrap; bootstrap.engine({FUNCTION!r})"
ATTACK = "import chalicelib.attack_handler; from chalicelib import bootstrap; bootstrap.execution()"
LIBCLOUD = "import libcloud.compute.drivers.ec2"
PARAMIKO = "import paramiko"
PROGRAMS: Mapping[str, str] = {
    "floor": FLOOR,
    "api": API,
    "attack": ATTACK,
    "attack and libcloud": f"{ATTACK}; from chalicelib.drivers import libcloud_ec2",
    "attack and paramiko": f"{ATTACK}; import paramiko",
    "floor and libcloud": f"{FLOOR}; {LIBCLOUD}",
    "floor and paramiko": f"{FLOOR}; {PARAMIKO}",
}


def seconds(programs: Mapping[str, str] = PROGRAMS, runs: int = 9) -> dict[str, float]:
    """The median processor seconds of each program, by its name."""
    found: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(runs):
        for name, program in programs.items():
            found[name].append(spent(program))
    return {name: median(each) for name, each in found.items()}


def ratios(found: Mapping[str, float]) -> dict[str, float]:
    """How much more than its floor each function takes; that of an attack has the attack's library."""
    floors = {"attack and libcloud": "floor and libcloud", "attack and paramiko": "floor and paramiko"}
    measured = [name for name in found if not name.startswith("floor")]
    return {name: round(found[name] / found[floors.get(name, "floor")], 2) for name in measured}


def spent(program: str, places: Sequence[Path] = CHECKOUT, python: Sequence[str] = (sys.executable,)) -> float:
    """The processor seconds of a program in an interpreter that finds modules in these places, from the first."""
    keys = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_DEFAULT_REGION": REGION}
    path = {"PYTHONPATH": os.pathsep.join(os.fspath(place) for place in places)}
    shown = {**plain_environment(), **environment(stage("local")), **keys, **path}
    process = subprocess.Popen([*python, "-c", f"{program}; import os; os._exit(0)"], cwd=places[0], env=shown)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, program)
    return usage.ru_utime + usage.ru_stime
