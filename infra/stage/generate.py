"""Write `.chalice/config.json` and the policy files: ``python -m infra.stage.generate [--check]``.

Chalice's JSON has no variables and differs by stage, so this command generates it from `infra/stage/stages.py` and
`infra/stage/policies.py`. With ``--check`` it writes nothing, and exits with 1 where a file is outdated.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from chalicelib.config.settings import APP
from infra.command_line import Command
from infra.errors import InfraError
from infra.stage.limits import limited
from infra.stage.policies import policies
from infra.stage.stages import STAGES, Stage, environment, own_environment

FOLDER = Path(__file__).resolve().parents[2] / ".chalice"

SIZES: dict[str, dict[str, int]] = {
    # Signing a thousand requests takes a full vCPU; API Gateway gives up after 29 s.
    "api_handler": {"lambda_memory_size": 1769, "lambda_timeout": 29},
    # The longest script, and everything before and after it (tests/unit/runtime/test_deadline.py adds it up).
    "attack": {"lambda_memory_size": 512, "lambda_timeout": 510},
    # The API waits for it a second longer (chalicelib/adapters/aws/timeouts.py).
    "resolve": {"lambda_memory_size": 512, "lambda_timeout": 15},
    "sweep": {"lambda_memory_size": 512, "lambda_timeout": 120},
    # A sixth of the queue's VisibilityTimeout (before.yaml), as AWS advises.
    "undelivered": {"lambda_memory_size": 512, "lambda_timeout": 60},
}


def files() -> dict[str, str]:
    """Return the content of every generated file by its name in `.chalice/`."""
    made = {"config.json": _text(_config())}
    for stage in STAGES:
        for function, policy in policies(stage).items():
            made[_policy_file(function, stage)] = _text(policy)
    return made


def outdated() -> list[str]:
    """Return the generated files that differ from the wanted content, and those that should not exist."""
    wanted = files()
    present = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
    return sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))


@click.command(cls=Command)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where a file is outdated.")
def main(check: bool) -> None:
    """Write .chalice/config.json and the policy files."""
    generate(STAGES, check=check)


def generate(stages: Sequence[Stage], *, check: bool) -> None:
    """Write the files, or only compare them where ``check`` is set.

    Raises ``InfraError`` where that finds an outdated file. It also does for an attack that cannot be loaded, and for a
    stage whose limits or actions name an attack or an action that does not exist.
    """
    try:
        for stage in stages:
            limited(stage)
        wanted, stale = files(), outdated()
    except ValueError as error:
        raise InfraError(str(error)) from error
    if check:
        if stale:
            raise InfraError(f"not current: {', '.join(stale)} (run: make generate)")
        return
    for name in stale:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name])
        else:
            (FOLDER / name).unlink()
        print(f".chalice/{name}")


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
        "stages": {stage.name: stage_config(stage) for stage in STAGES},
    }


def stage_config(stage: Stage) -> dict[str, Any]:
    """Return the part of Chalice's configuration for one stage."""
    return {
        "environment_variables": environment(stage),
        "log_retention_in_days": stage.log_days,
        "lambda_functions": {
            function: {
                "iam_policy_file": _policy_file(function, stage),
                **size,
                **_own(function),
                **_reserved(function, stage),
                **_network(function, stage),
            }
            for function, size in SIZES.items()
        },
    }


def _own(function: str) -> dict[str, Any]:
    """Return the function's own environment, which Chalice merges with the stage's."""
    return {"environment_variables": own} if (own := own_environment(function)) else {}


def _reserved(function: str, stage: Stage) -> dict[str, Any]:
    return {"reserved_concurrency": stage.reserved[function]} if function in stage.reserved else {}


def _network(function: str, stage: Stage) -> dict[str, Any]:
    """Return the network of the attack function; the other functions never connect to an attacked machine."""
    if function != "attack" or not stage.subnet_ids:
        return {}
    return {"subnet_ids": list(stage.subnet_ids), "security_group_ids": list(stage.security_group_ids)}


def _policy_file(function: str, stage: Stage) -> str:
    return f"policy-{function.removesuffix('_handler')}-{stage.name}.json"


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"


if __name__ == "__main__":
    main()
