"""Check that ATTACK_LIMITS of a stage names only existing attacks: a misspelt ref would limit nothing.

The functions do not check this themselves, because they would have to load a plugin for each ref.
"""

from chalicelib.config.settings import from_environment
from chalicelib.domain.errors import PluginBroken, PluginNotFound, UnsafeSettings
from chalicelib.plugin import registry
from infra.errors import InfraError
from infra.stage.stages import Stage, environment


def limited(stage: Stage) -> list[str]:
    """Return the refs of the attacks that have a limit of their own.

    Raises ``InfraError`` for a ref that no attack has, and for one in another spelling than the attack's own, which
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
