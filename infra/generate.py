"""Write `.chalice/config.json` and the policy files: ``python -m infra.generate [--check]``.

They are JSON that knows no variables and differs by stage, so they are made from `infra/stages.py` and
`infra/policies.py`. With ``--check`` nothing is written, and the exit status tells whether they are current.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chalicelib.settings import APP
from infra.errors import InfraError
from infra.limits import limited
from infra.policies import policies
from infra.stages import STAGES, Stage, environment, own_environment

FOLDER = Path(__file__).resolve().parent.parent / ".chalice"

SIZES: dict[str, dict[str, int]] = {
    # Signing a thousand requests wants a full vCPU; API Gateway gives up after 29 s.
    "api_handler": {"lambda_memory_size": 1769, "lambda_timeout": 29},
    # The longest script, and all that may take its time before and after it (tests/unit/test_budget.py adds it up).
    "attack": {"lambda_memory_size": 512, "lambda_timeout": 450},
    # The API waits for it a second longer (chalicelib/adapters/timeouts.py).
    "resolve": {"lambda_memory_size": 512, "lambda_timeout": 15},
    "sweep": {"lambda_memory_size": 512, "lambda_timeout": 120},
    # A sixth of the queue's VisibilityTimeout (before.yaml), as AWS advises.
    "undelivered": {"lambda_memory_size": 512, "lambda_timeout": 60},
}


def files() -> dict[str, str]:
    """The content of every generated file by its name in `.chalice/`."""
    made = {"config.json": _text(_config())}
    for stage in STAGES:
        for function, policy in policies(stage).items():
            made[_policy_file(function, stage)] = _text(policy)
    return made


def outdated() -> list[str]:
    """The generated files that differ from what would be written, or should not be there."""
    wanted = files()
    present = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
    return sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))


def main(arguments: list[str], stages: Sequence[Stage] = STAGES) -> int:
    """Write the files, or only tell of outdated ones. Neither where a stage limits an attack that there is not."""
    try:
        for stage in stages:
            limited(stage)
    except InfraError as error:
        print(error, file=sys.stderr)
        return 1
    stale = outdated()
    if "--check" in arguments:
        if stale:
            print(f"not current: {', '.join(stale)} (run: make generate)", file=sys.stderr)
        return 1 if stale else 0
    wanted = files()
    for name in stale:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name])
        else:
            (FOLDER / name).unlink()
        print(f".chalice/{name}")
    return 0


def _config() -> dict[str, Any]:
    return {
        "version": "2.0",
        "app_name": APP,
        "autogen_policy": False,
        # The dependencies as a layer: a change of the engine's own code uploads kilobytes.
        "automatic_layer": True,
        "api_gateway_stage": "api",
        "api_gateway_endpoint_type": "REGIONAL",
        "minimum_compression_size": 1024,
        "stages": {stage.name: _stage(stage) for stage in STAGES},
    }


def _stage(stage: Stage) -> dict[str, Any]:
    return {
        "environment_variables": environment(stage),
        "log_retention_in_days": stage.log_days,
        "lambda_functions": {
            function: {"iam_policy_file": _policy_file(function, stage), **size, **_own(function)}
            for function, size in SIZES.items()
        },
    }


def _own(function: str) -> dict[str, Any]:
    """Chalice adds it to the stage's."""
    return {"environment_variables": own} if (own := own_environment(function)) else {}


def _policy_file(function: str, stage: Stage) -> str:
    return f"policy-{function.removesuffix('_handler')}-{stage.name}.json"


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
