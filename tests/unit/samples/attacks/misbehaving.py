"""An attack that ends in whatever way it is asked to."""

import sys
from typing import Any

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.domain.errors import APIError
from chalicelib.plugin import Attack
from chalicelib.plugin.schemas import plugin_schema


class Unspeakable:
    """It cannot be written as text."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


class UnspeakableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


class OwnFailure(AttackFailed):
    """As authors write them: the base class gets no arguments."""

    def __init__(self, reason: str) -> None:
        Exception.__init__(self, reason)


class Misbehaving(Attack):
    """Fail in a way of one's choice."""

    ref = "misbehaving:Misbehaving"
    schema = plugin_schema(["how"], how={"type": "string"})
    example = {"ref": ref, "args": {"how": "raise"}}

    def run(self) -> Any:
        match self.attack_config["how"]:
            case "nothing":
                return None
            case "hit":
                return {"candidates": 9, "target": "node-7"}
            case "much":
                return {"log": "x" * 10_000}
            case "fail":
                raise AttackFailed("no node matches", candidates=0)
            case "fail without words":
                raise AttackFailed("")
            case "fail unspeakably":
                raise AttackFailed("no node matches", node=Unspeakable())
            case "fail in its own way":
                raise OwnFailure("no quorum")
            case "raise":
                raise KeyError("nodes")
            case "raise unspeakably":
                raise UnspeakableError
            case "answer":
                raise APIError("no such team", 404)
            case "exit":
                sys.exit(3)
            case "chance":
                return self.rng.random()
        raise AssertionError("not one of its ways")
