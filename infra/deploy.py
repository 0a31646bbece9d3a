"""Bring a stage up: ``python -m infra.deploy --stage dev [before|functions|after|all]``.

``before`` is what outlives a deploy, ``functions`` what Chalice packages, ``after`` what needs the functions. A stage
whose functions come from ``chalice deploy`` instead gets ``before`` and ``after`` from here, and never ``functions``:
two owners of one function name do not go together. Credentials and Region are botocore's usual ones. The local AWS is
brought up by these same functions.
"""

import argparse
import sys
import time
from pathlib import Path

from infra.errors import InfraError
from infra.package import ROOT, fingerprint, package
from infra.stacks import Stacks
from infra.stages import STAGES, Stage, environment, stage

FINGERPRINT = "fingerprint"
BUILD = ROOT / ".local" / "build"


def bring_up_before(stacks: Stacks, stage: Stage) -> None:
    """The table, the schedule group, Scheduler's role, the dead-letter queue, the bucket of packages."""
    template = (ROOT / "infra" / "before.yaml").read_text()
    stacks.bring_up(_stack(stage, "before"), template, {"Stage": stage.name}, {})


def bring_up_functions(stacks: Stacks, stage: Stage, packaged: Path, digest: str) -> None:
    """The functions and the API, from the folder that ``package`` returned. The stack remembers the digest."""
    packages = bucket(stacks, stage)
    template = stacks.upload(packaged / "sam.json", packages)
    parameters = {"Stage": stage.name, "AllowedOrigin": environment(stage)["ALLOWED_ORIGIN"]}
    stacks.bring_up(stage.names.name, template, parameters, {FINGERPRINT: digest}, packages)


def bring_up_after(stacks: Stacks, stage: Stage) -> None:
    """How deliveries to the functions are tried again, and where they go in the end."""
    template = (ROOT / "infra" / "after.yaml").read_text()
    stacks.bring_up(_stack(stage, "after"), template, {"Stage": stage.name}, {})


def bucket(stacks: Stacks, stage: Stage) -> str:
    """Where the stage's packages lie."""
    return stacks.outputs(_stack(stage, "before"))["Packages"]


def main(arguments: list[str]) -> int:
    """Deploy to AWS what was asked for, telling each step and its seconds."""
    parser = argparse.ArgumentParser(prog="infra.deploy", description="Bring a stage up on AWS.")
    parser.add_argument("--stage", required=True, choices=[each.name for each in STAGES if each.name != "local"])
    parser.add_argument("part", nargs="?", default="all", choices=["before", "functions", "after", "all"])
    asked = parser.parse_args(arguments)
    import boto3

    stacks = Stacks(boto3.client("cloudformation"), boto3.client("s3"))
    target = stage(asked.stage)
    steps = {
        "before": lambda: bring_up_before(stacks, target),
        "functions": lambda: bring_up_functions(
            stacks, target, package(target.name, BUILD / target.name), fingerprint(target.name)
        ),
        "after": lambda: bring_up_after(stacks, target),
    }
    try:
        for name in steps if asked.part == "all" else [asked.part]:
            began = time.monotonic()
            print(f"{target.names.name}: {name} ...", flush=True)
            steps[name]()
            print(f"{target.names.name}: {name} is up ({time.monotonic() - began:.0f} s)", flush=True)
        return 0
    except InfraError as error:
        print(error, file=sys.stderr)
        return 1


def _stack(stage: Stage, part: str) -> str:
    return f"{stage.names.name}-{part}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
