"""What the functions' processes hold in memory, at rest and after work: their sizes in the configuration follow."""

from chalicelib.settings import Settings
from infra.errors import InfraError
from infra.local.child import RunningEngine
from infra.local.processes import memory, of_function
from infra.stages import stage

NAMES: Settings = stage("local").names


def of_api(aws_port: int) -> float:
    """MiB of the API's process, the largest where there are several."""
    return _largest(NAMES.name, aws_port)


def of_attack(engine: RunningEngine, aws_port: int) -> float:
    """MiB of the attack function's process, the largest where there are several."""
    return _largest(engine.run["attack_function"], aws_port)


def _largest(function: str, aws_port: int) -> float:
    found = of_function(function, aws_port)
    if not found:
        raise InfraError(f"No process of {function} is running")
    return round(max(map(memory, found)), 1)
