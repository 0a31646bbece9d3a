"""An attack that can be undone, and that knows of what it did whether it was."""

from typing import Any, ClassVar

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.plugin import Attack
from chalicelib.plugin.schemas import DURATION, TEXT, plugin_schema
from tests.reliability.samples.attacks.marked import Marked


class Shut(Attack):
    """Put down the mark that was given, as ``Marked`` does, and shut what bears it."""

    ref = "shut:Shut"
    schema = plugin_schema(["mark", "duration"], mark=TEXT, duration=DURATION)
    example = {"ref": ref, "args": {"mark": "a", "duration": 600}}

    shut: ClassVar[set[str]] = set()
    """What is shut, for the tests to look at and to clear."""
    stuck: ClassVar[bool] = False
    """Whether nothing can be opened."""

    def prepare(self) -> Any:
        return {"mark": self.attack_config["mark"]}

    def run(self) -> Any:
        mark = self.attack_config["mark"]
        Marked.done[mark] += 1
        self.shut.add(mark)
        return {"mark": mark}

    def revert(self, state: Any) -> Any:
        if Shut.stuck:
            raise AttackFailed("it is stuck")
        self.shut.discard(state["mark"])
        return state
