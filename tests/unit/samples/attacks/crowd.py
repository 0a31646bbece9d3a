"""An attack as many write it: it says what it could hit, and not how many of those it takes."""

from typing import Any

from chalicelib.domain.targets import Resolved, Target
from chalicelib.plugin import Attack
from chalicelib.plugin.schemas import plugin_schema


class Crowd(Attack):
    """Hit some of a crowd."""

    ref = "crowd:Crowd"
    schema = plugin_schema([])
    example = {"ref": ref, "args": {}}

    def resolve(self) -> Resolved:
        return Resolved(candidates=(Target("node-1"), Target("node-2")))

    def run(self) -> Any:
        raise NotImplementedError("no test lets it come to that")
