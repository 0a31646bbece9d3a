"""Attacks that look something up before they act; while they do, something else may happen."""

from collections.abc import Callable
from typing import Any, ClassVar

from chalicelib.domain.targets import Resolved, Target
from chalicelib.plugin import Attack
from chalicelib.plugin.schemas import plugin_schema


class Slow(Attack):
    """Act on one of two machines, which are looked up first."""

    ref = "slow:Slow"
    schema = plugin_schema(secret={"type": "string", "writeOnly": True})
    example: ClassVar[Any] = {"ref": ref, "args": {}}
    acted: ClassVar[int] = 0
    meanwhile: ClassVar[dict[str, Callable[[], object]]] = {}
    """By the name of the look-up, what happens while it lasts."""

    @property
    def takes(self) -> int:
        return 1

    def resolve(self) -> Resolved:
        self._look_up("resolve")
        return Resolved(candidates=(Target("node-0"), Target("node-1")))

    def run(self) -> Any:
        Slow.acted += 1
        return {"acted": True}

    @classmethod
    def _look_up(cls, name: str) -> None:
        cls.meanwhile.get(name, bool)()


class SlowAndUndone(Slow):
    """Act in a way that can be undone. Nothing was there before where its ``sound`` says so."""

    ref = "slow:SlowAndUndone"
    schema = plugin_schema(duration={"type": "integer"}, sound={"type": "boolean"})
    example: ClassVar[Any] = {"ref": ref, "args": {"duration": 600}}

    def prepare(self) -> Any:
        self._look_up("prepare")
        return None if self.attack_config.get("sound") else {"flow": 7}

    def revert(self, state: Any) -> Any:
        return state
