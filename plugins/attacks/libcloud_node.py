"""Attack one random machine of any cloud that Apache Libcloud supports."""

from abc import abstractmethod
from typing import Any

from chalicelib.drivers.candidates import ChoosingAttack, Found
from chalicelib.drivers.cloud import plan_arguments
from chalicelib.drivers.cloud.nodes import Cloud
from chalicelib.drivers.cloud.plan_arguments import DRIVER, NODE_FILTERS
from chalicelib.plugin import AttackFailed, Config, plugin_schema

_EXAMPLE = {"driver": {"provider": "digitalocean", "key": "TOKEN"}, "filters": {"name": "web-*"}}


class _NodeAttack(ChoosingAttack[Cloud]):
    """An attack on one random machine of a cloud, which records the machine's state afterwards."""

    iam_actions = ()  # the plan holds the cloud's credentials

    @classmethod
    def check(cls, args: Config) -> None:
        """Raise ``InvalidRequest`` for a provider that is not supported."""
        plan_arguments.check(args["driver"])

    def find(self) -> Found[Cloud]:
        return Cloud.of(self.attack_config["driver"]).find(self.attack_config["filters"])

    def run(self) -> dict[str, Any]:
        """Return the provider, the number of candidates, the chosen machine, and its state after the attack.

        Raises ``AttackFailed`` where nothing matches, and where the cloud cannot be reached or refuses.
        """
        found = self.found()
        (node,) = found.choose(self.rng, 1, what="machine", done="attacked")
        target = {**found.record(), "instance_id": str(node.id), "name": node.name}
        try:
            return {**target, **self._attack(found.place, node)}
        except AttackFailed as failure:
            raise failure.with_outcome(**{**target, **failure.outcome}) from failure

    @abstractmethod
    def _attack(self, found: Cloud, node: Any) -> dict[str, Any]:
        """Attack this machine, and return its state afterwards. Raises ``AttackFailed``."""


class DestroyNode(_NodeAttack):
    """Destroy one machine of a cloud, chosen at random among those whose name and state match.

    ``driver`` lists the supported clouds, which are compute providers of Libcloud, and takes the plan's own
    credentials. The attack spares machines that are protected by their tags, where the cloud shows tags. IAM: none.
    """

    ref = "libcloud_node:DestroyNode"
    schema = plugin_schema(["driver", "filters"], driver=DRIVER, filters=NODE_FILTERS)
    example = {"ref": ref, "args": _EXAMPLE}

    def _attack(self, found: Cloud, node: Any) -> dict[str, Any]:
        seen = found.destroy(node)
        return {"state": seen.value, "seconds": seen.seconds}


class RebootNode(_NodeAttack):
    """Reboot one machine of a cloud, chosen at random among those whose name and state match.

    ``driver`` lists the supported clouds, which are compute providers of Libcloud, and takes the plan's own
    credentials. The attack spares machines that are protected by their tags, where the cloud shows tags. IAM: none.
    """

    ref = "libcloud_node:RebootNode"
    schema = plugin_schema(["driver", "filters"], driver=DRIVER, filters=NODE_FILTERS)
    example = {"ref": ref, "args": _EXAMPLE}

    def _attack(self, found: Cloud, node: Any) -> dict[str, Any]:
        return found.reboot(node)
