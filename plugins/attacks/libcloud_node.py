"""Attacks on one machine of any cloud that Apache Libcloud knows, chosen at random."""

from abc import abstractmethod
from typing import Any

from chalicelib.drivers import cloud
from chalicelib.drivers.cloud import DRIVER, NODE_FILTERS, Cloud
from chalicelib.drivers.found import ChoosingAttack, Found
from chalicelib.model import Config
from chalicelib.plugin import AttackFailed
from chalicelib.schema import plugin_schema

_EXAMPLE = {"driver": {"provider": "digitalocean", "key": "TOKEN"}, "filters": {"name": "web-*"}}


class _NodeAttack(ChoosingAttack[Cloud]):
    iam_actions = ()  # the cloud's keys are in the plan

    @classmethod
    def check(cls, args: Config) -> None:
        """Raises ``InvalidRequest`` for a provider that there is not."""
        cloud.check(args["driver"])

    def find(self) -> Found[Cloud]:
        return Cloud.of(self.attack_config["driver"]).find(self.attack_config["filters"])

    def run(self) -> dict[str, Any]:
        """The provider, how many candidates there were, which was chosen, and the state it was seen in afterwards.

        Raises ``AttackFailed`` where nothing matches, and where the cloud cannot be reached or refuses.
        """
        found = self.found()
        (node,) = found.choose(self.rng, 1, what="machine", done="attacked")
        known = {**found.record(), "instance_id": str(node.id), "name": node.name}
        try:
            return {**known, "state": self._attack(found.place, node)}
        except AttackFailed as failure:
            raise failure.with_outcome(**{**known, **failure.outcome}) from failure

    @abstractmethod
    def _attack(self, found: Cloud, node: Any) -> str:
        """Attack this node, and return the state it was seen in afterwards. Raises ``AttackFailed``."""


class DestroyNode(_NodeAttack):
    """Destroy one machine of a cloud, chosen at random among those whose name and state match.

    The cloud is any of Libcloud's compute providers, with credentials of its own; machines that their tags protect are
    spared where the cloud shows tags. IAM: none.
    """

    ref = "libcloud_node:DestroyNode"
    schema = plugin_schema(["driver", "filters"], driver=DRIVER, filters=NODE_FILTERS)
    example = {"ref": ref, "args": _EXAMPLE}

    def _attack(self, found: Cloud, node: Any) -> str:
        return found.destroy(node)


class RebootNode(_NodeAttack):
    """Reboot one machine of a cloud, chosen at random among those whose name and state match.

    The cloud is any of Libcloud's compute providers, with credentials of its own; machines that their tags protect are
    spared where the cloud shows tags. IAM: none.
    """

    ref = "libcloud_node:RebootNode"
    schema = plugin_schema(["driver", "filters"], driver=DRIVER, filters=NODE_FILTERS)
    example = {"ref": ref, "args": _EXAMPLE}

    def _attack(self, found: Cloud, node: Any) -> str:
        return found.reboot(node)
