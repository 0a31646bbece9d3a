"""An attack on a made-up valve that can be undone: it is shut, and opened again."""

from typing import Any, ClassVar

from chalicelib.domain.attack_failures import AttackFailed, Spared
from chalicelib.plugin import Attack
from chalicelib.plugin.schemas import plugin_schema


class Bare(Spared):
    """An author's own refusal, which knows nothing but its sentence."""

    def __init__(self) -> None:
        Exception.__init__(self, "the valve is spared")


class Valve(Attack):
    """Shut a valve for a while."""

    ref = "valve:Valve"
    schema = plugin_schema(
        duration={"type": "integer"},
        breaks={"type": "boolean"},
        sound={"type": "boolean"},
        blank={"type": "boolean"},
        spared={"type": "string"},
    )
    example = {"ref": ref, "args": {"duration": 600}}
    flow: ClassVar[int] = 7
    seen: ClassVar[list[str]] = []
    stuck: ClassVar[bool] = False

    def prepare(self) -> Any:
        self._require_unspared("prepare")
        if self.attack_config.get("blank"):
            return {}
        return None if self.attack_config.get("sound") else {"flow": Valve.flow}

    def run(self) -> Any:
        self._require_unspared("run")
        Valve.flow = 0
        Valve.seen.append("shut")
        if self.attack_config.get("breaks"):
            raise AttackFailed("the handle broke off")
        return {"target": "valve"}

    def _require_unspared(self, when: str) -> None:
        if self.attack_config.get("spared") == when:
            raise Spared("the valve is spared", candidates=1)
        if self.attack_config.get("spared") == f"{when}, bare":
            raise Bare

    def revert(self, state: Any) -> Any:
        if Valve.stuck:
            raise AttackFailed("the valve is stuck")
        Valve.flow = state.get("flow", Valve.flow)
        Valve.seen.append("opened")
        return {"flow": Valve.flow}
