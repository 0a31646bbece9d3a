"""An attack that only counts how often it was made."""

from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.plugin import Attack
from chalicelib.plugin.schemas import TEXT, plugin_schema


class Marked(Attack):
    """Put down the mark that was given, then end as asked."""

    ref = "marked:Marked"
    schema = plugin_schema(["mark"], mark=TEXT, ends={"enum": ["well", "badly"]})
    example = {"ref": ref, "args": {"mark": "a"}}

    done: ClassVar[Counter[str]] = Counter()
    """How often each mark was put down, for the tests to look at and to clear."""
    in_the_middle: ClassVar[list[Callable[[], object]]] = []
    """What happens, once each, while an attack is under way."""

    def run(self) -> Any:
        mark = self.attack_config["mark"]
        self.done[mark] += 1
        if self.in_the_middle:
            self.in_the_middle.pop()()
        if self.attack_config.get("ends") == "badly":
            raise AttackFailed("as asked")
        return {"mark": mark}
