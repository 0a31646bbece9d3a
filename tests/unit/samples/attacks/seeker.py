"""An attack that says what it could hit in whatever way it is asked to, and must never run."""

import sys
from typing import Any, ClassVar

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.domain.errors import APIError
from chalicelib.domain.targets import Resolved, Target
from chalicelib.plugin import Attack
from chalicelib.plugin.schemas import plugin_schema


class Seeker(Attack):
    """Look, and note whatever else it is made to do."""

    ref = "seeker:Seeker"
    schema = plugin_schema(["how"], how={"type": "string"}, secret={"type": "string", "writeOnly": True})
    example = {"ref": ref, "args": {"how": "one"}}
    acts: ClassVar[list[str]] = []

    @property
    def takes(self) -> int:
        return 3 if self.attack_config["how"] == "takes three" else 1

    def resolve(self) -> Resolved | None:
        match self.attack_config["how"]:
            case "nothing":
                return Resolved(candidates=())
            case "nothing there":
                return Resolved(candidates=(), known={"region": "us-east-9"})
            case "spared":
                return Resolved(candidates=(), spared={"node-1": "it bears the tag x, which protects it"})
            case "many":
                spared = {f"spared-{number}": "x" * 1000 for number in range(300)}
                nodes = tuple(Target(f"node-{number}", f"name {number}") for number in range(1000))
                return Resolved(candidates=nodes, known={"log": "x" * 100_000}, spared=spared)
            case "warns":
                return Resolved(candidates=(Target("node-1"),), warnings=("no candidate bears the tag Tier",) * 20)
            case "numbers":
                return Resolved(candidates=(Target(7, 8),))  # type: ignore[arg-type]
            case "cannot say":
                return None
            case "fail":
                raise AttackFailed("EC2 refused", secret="hunter2")
            case "raise":
                raise KeyError("nodes")
            case "answer":
                raise APIError("no such team", 404)
            case "exit":
                sys.exit(3)
            case "wrong":
                return {"candidates": 3}  # type: ignore[return-value]
        return Resolved(candidates=(Target("node-1"), Target("node-2", "web")), known={"region": "nowhere"})

    def prepare(self) -> Any:
        self.acts.append("prepare")

    def run(self) -> Any:
        self.acts.append("run")
