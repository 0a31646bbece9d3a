"""An attack on a herd of made-up machines that says which it could hit, and notes which it did."""

from typing import Any, ClassVar

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.domain.targets import Resolved, Target
from chalicelib.plugin import Attack
from chalicelib.plugin.schemas import plugin_schema


class Herd(Attack):
    """Hit one machine of a herd, or several."""

    ref = "herd:Herd"
    schema = plugin_schema(["size"], size={"type": "integer"}, takes={"type": "integer"}, stopped={"type": "integer"})
    example = {"ref": ref, "args": {"size": 3}}
    hits: ClassVar[list[str]] = []
    grown: ClassVar[int] = 0
    """By so many more than its args say it takes, as if the author had changed it since it was planned."""

    @property
    def takes(self) -> int:
        return int(self.attack_config.get("takes", 1)) + self.grown

    def resolve(self) -> Resolved:
        if self.attack_config["size"] < 0:
            raise AttackFailed("the herd cannot be found")
        stopped = self.attack_config.get("stopped", 0)
        candidates = tuple(
            Target(f"node-{number}", running=number >= stopped) for number in range(self.attack_config["size"])
        )
        return Resolved(candidates=candidates, known={"region": "nowhere"})

    def run(self) -> Any:
        chosen = self.rng.choice(self.resolve().candidates).id
        self.hits.append(chosen)
        return {"chosen": chosen}
