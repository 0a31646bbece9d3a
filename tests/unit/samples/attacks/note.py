"""An attack that harms nothing."""

from typing import Any

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.model import Config
from chalicelib.plugin import Attack
from chalicelib.plugin.schemas import TEXT, plugin_schema


class Note(Attack):
    """Say what would have been attacked."""

    ref = "note:Note"
    schema = plugin_schema(
        ["target"],
        target=TEXT,
        filters={"type": "object"},
        times={"type": "integer"},
        secret={"type": "string", "writeOnly": True},
        headers={"type": "object"},
    )
    example = {"ref": ref, "args": {"target": "node-1"}}

    @classmethod
    def check(cls, args: Config) -> None:
        if args["target"] == "nowhere":
            raise InvalidRequest("there is no target nowhere: name another")

    def run(self) -> Any:
        return {"noted": self.attack_config["target"]}
