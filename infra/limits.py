"""Whether what ATTACK_LIMITS of a stage limits are attacks that there are: a misspelt ref would limit nothing.

The functions do not ask at their start: it would load a plugin for each ref.
"""

from chalicelib import registry
from chalicelib.errors import PluginBroken, PluginNotFound, UnsafeSettings
from chalicelib.settings import from_environment
from infra.errors import InfraError
from infra.stages import Stage, environment


def limited(stage: Stage) -> list[str]:
    """The refs of the attacks that the stage limits by themselves.

    Raises ``InfraError`` for one that no attack has, and for another spelling than the attack's own, under which it
    would be counted apart.
    """
    try:
        limits = from_environment(environment(stage)).limits
    except UnsafeSettings as error:
        raise InfraError(f"the settings of {stage.name}: {error}") from error
    refs = [limit.ref for limit in limits if limit.ref is not None]
    for ref in refs:
        try:
            own = registry.attacks().get(ref).ref
        except (PluginNotFound, PluginBroken) as error:
            raise InfraError(f"ATTACK_LIMITS of {stage.name} limits nothing by {ref!r}: {error}") from error
        if own != ref:
            raise InfraError(f"ATTACK_LIMITS of {stage.name} names {ref!r}: write it as {own!r}, which it is too")
    return refs
