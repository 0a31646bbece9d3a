"""The attack on EC2 instances that match ``filters`` in a Region, in what all of its kind have in common."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from chalicelib import roles
from chalicelib.drivers.fleet import Fleet
from chalicelib.drivers.found import ChoosingAttack, Found
from chalicelib.errors import InvalidRequest
from chalicelib.model import Config
from chalicelib.plugin import AttackFailed


class EC2Attack(ChoosingAttack[Fleet]):
    """Its args have ``filters`` of DescribeInstances, and may have a ``region``, and a ``role_arn`` and ``external_id``
    to act by in another account (``OTHER_ACCOUNT`` of chalicelib/schema.py)."""

    pause: Callable[[float], None] = staticmethod(time.sleep)
    """Waits so many seconds for EC2."""
    _chosen: Any = None

    @classmethod
    def check(cls, args: Config) -> None:
        """Raises ``InvalidRequest`` for a role that the stage does not allow."""
        roles.require_allowed(args, os.environ)

    def find(self) -> Found[Fleet]:
        return self.fleet(self.attack_config.get("region")).find(self.attack_config["filters"])

    def fleet(self, region: str | None) -> Fleet:
        """The instances of a Region, by default the function's own, in the account that the args lead to. Raises
        ``AttackFailed``."""
        return Fleet.of(
            region,
            self.pause,
            role_arn=self.attack_config.get("role_arn"),
            external_id=self.attack_config.get("external_id"),
        )

    def chosen(self, done: str) -> Any:
        """The one node that is attacked: it is chosen once, at random. Raises ``AttackFailed`` where there is none;
        ``done`` is what is not done then, in a word."""
        if self._chosen is None:
            (self._chosen,) = self.found().choose(self.rng, 1, what="instance", done=done)
        return self._chosen

    def attack(self, done: str, act: Callable[[Any], str | Mapping[str, Any]]) -> dict[str, Any]:
        """Do it to the chosen node, and return all there is to put on record: the Region, how many candidates there
        were, which was chosen, and the state that ``act`` returns, or what else it returns by name.

        Raises ``AttackFailed`` that has as much of that as is known.
        """
        node = self.chosen(done)
        known = {**self.found().record(), "instance_id": str(node.id), "name": node.name}
        try:
            seen = act(node)
        except AttackFailed as failure:
            raise failure.with_outcome(**{**known, **failure.outcome}) from failure
        return {**known, **({"state": seen} if isinstance(seen, str) else seen)}


class RunningEC2Attack(EC2Attack):
    """One on running instances alone, so that filters of the state are refused."""

    @classmethod
    def check(cls, args: Config) -> None:
        """Raises ``InvalidRequest`` for a filter of the state, and for a role that the stage does not allow."""
        super().check(args)
        for name in args["filters"]:
            if name.startswith("instance-state-"):
                raise InvalidRequest(f"only running instances are attacked: leave the filter {name} out")

    def find(self) -> Found[Fleet]:
        found = super().find()
        return replace(found, nodes=[node for node in found.nodes if node.extra.get("status") == "running"])
