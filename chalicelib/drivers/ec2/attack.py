"""The attack on EC2 instances that match ``filters`` in a Region, in what all of its kind have in common."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from chalicelib.domain import role_allowlist
from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.fault import Fault, json_path
from chalicelib.domain.model import Config
from chalicelib.drivers.candidates import ChoosingAttack, Found
from chalicelib.drivers.ec2.filters import require_value_limit
from chalicelib.drivers.ec2.fleet import Fleet
from chalicelib.drivers.look import Observed


class EC2Attack(ChoosingAttack[Fleet]):
    """Its args have ``filters`` of DescribeInstances, and may have a ``region``, and a ``role_arn`` and ``external_id``
    to act by in another account (``OTHER_ACCOUNT`` of chalicelib/plugin/schemas.py)."""

    pause: Callable[[float], None] = staticmethod(time.sleep)
    """Waits so many seconds for EC2."""
    clock: Callable[[], float] = staticmethod(time.monotonic)
    """Counts them."""
    _chosen: Any = None

    @classmethod
    def check(cls, args: Config) -> None:
        """Raise ``InvalidRequest`` for a role that the stage does not allow, and for too many values in filters."""
        role_allowlist.require_allowed(args, os.environ)
        for place in ("filters", "excluded"):
            require_value_limit(args.get(place, {}), place)

    def find(self) -> Found[Fleet]:
        return self.fleet(self.attack_config.get("region")).find(self.attack_config["filters"])

    def fleet(self, region: str | None) -> Fleet:
        """Return the instances of a Region, by default the function's own, in the account that the args name. Raises
        ``AttackFailed``."""
        fleet = Fleet.of(
            region,
            self.pause,
            role_arn=self.attack_config.get("role_arn"),
            external_id=self.attack_config.get("external_id"),
        )
        return replace(fleet, clock=self.clock)

    def chosen(self, done: str) -> Any:
        """Return the one node to attack, chosen once at random. Raises ``AttackFailed`` where there is none; ``done``
        is the attack's participle for that sentence."""
        if self._chosen is None:
            (self._chosen,) = self.found().choose(self.rng, 1, what="instance", done=done)
        return self._chosen

    def attack(self, done: str, act: Callable[[Any], str | Observed[str] | Mapping[str, Any]]) -> dict[str, Any]:
        """Act on the chosen node, and return everything to put on record.

        That is the Region, the number of candidates, the chosen node, and what ``act`` returns: a state, a state that
        was seen with its seconds, or values by name. Raises ``AttackFailed``, whose outcome has as much of that as is
        known.
        """
        node = self.chosen(done)
        known = {**self.found().record(), "instance_id": str(node.id), "name": node.name}
        try:
            seen = act(node)
        except AttackFailed as failure:
            raise failure.with_outcome(**{**known, **failure.outcome}) from failure
        if isinstance(seen, Observed):
            return {**known, "state": seen.value, "seconds": seen.seconds}
        return {**known, **({"state": seen} if isinstance(seen, str) else seen)}


class RunningEC2Attack(EC2Attack):
    """One on running instances alone, so that filters of the state are refused."""

    @classmethod
    def check(cls, args: Config) -> None:
        """Raise ``InvalidRequest`` for a filter of the state, and for a role that the stage does not allow."""
        super().check(args)
        for name in args["filters"]:
            if name.startswith("instance-state-"):
                fault = Fault(json_path(["filters", name]), "only running instances are attacked", "leave it out")
                raise InvalidRequest(fault)

    def find(self) -> Found[Fleet]:
        found = super().find()
        return replace(found, nodes=[node for node in found.nodes if node.extra.get("status") == "running"])
