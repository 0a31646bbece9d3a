"""Find the instances of one Region, and read their states."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers.candidates import Found
from chalicelib.drivers.ec2 import call as ec2_call
from chalicelib.drivers.ec2 import tag_keys
from chalicelib.drivers.ec2.factory import EC2DriverFactory
from chalicelib.drivers.ec2.filters import Filters, require_honoured
from chalicelib.drivers.look import Look

T = TypeVar("T")

ENDING = ("shutting-down", "terminated")


@dataclass(frozen=True, slots=True)
class EC2Region:
    """The EC2 service of one Region.

    ``driver`` is a libcloud compute driver with EC2's extensions. ``pause`` waits so many seconds, and ``clock`` counts
    them. ``account`` is the number of the account of an assumed role.
    """

    driver: Any
    region: str
    pause: Callable[[float], None] = time.sleep
    account: str | None = None
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def of(
        cls,
        region: str | None = None,
        pause: Callable[[float], None] = time.sleep,
        *,
        role_arn: str | None = None,
        external_id: str | None = None,
    ) -> Self:
        """Return the EC2 service of a Region, in the account of the role; by default both are the function's own.

        Raises ``AttackFailed``.
        """
        driver = EC2DriverFactory(region, role_arn, external_id).get_driver()
        return cls(driver, driver.region_name, pause, role_arn.split(":")[4] if role_arn else None)

    @property
    def name(self) -> str:
        """Return the Region, with the account where that is another one."""
        return f"{self.region} of the account {self.account}" if self.account else self.region

    @property
    def known(self) -> dict[str, str]:
        """Return what goes on record: the Region, and the account of an assumed role."""
        return {"region": self.region, **({"account": self.account} if self.account else {})}

    def matching(self, filters: Filters) -> list[Any]:
        """Return every node that matches all filters of DescribeInstances and is not spared, by id.

        The driver spares (``RegionalEC2Driver``). Raises ``AttackFailed``.
        """
        return self._divided(filters)[0]

    def find(self, filters: Filters) -> "Found[Self]":
        """Return the nodes that match and can be attacked. Raises ``AttackFailed``.

        These are running nodes, unless the filters ask for another state, and never nodes that are ending already.
        """
        by_state = {} if "instance-state-code" in filters else {"instance-state-name": "running"}
        nodes, spared = self._divided({**by_state, **filters})
        return Found(
            place=self,
            name=f"in {self.name}",
            nodes=[node for node in nodes if node.extra.get("status") not in ENDING],
            spared=spared,
            known=self.known,
            warnings=() if nodes or spared else self._case_warnings(filters),
        )

    def _case_warnings(self, filters: Filters) -> tuple[str, ...]:
        """Return a sentence for each key of the filters that instances bear only in another case."""
        keys = tag_keys.in_filters(filters)
        if not keys:
            return ()
        try:
            borne = tag_keys.of_nodes(self.matching({"tag-key": [tag_keys.pattern(key) for key in keys]}))
        except AttackFailed:
            return ()
        alike = {each for each in borne if each.casefold() in {key.casefold() for key in keys}}
        missing = {f"tag:{key}": "" for key in keys if any(each.casefold() == key.casefold() for each in alike - {key})}
        return tag_keys.missing_key_warnings("filters", missing, alike, "instance")

    def _divided(self, filters: Filters) -> tuple[list[Any], Mapping[str, str]]:
        require_honoured(filters, os.environ)
        nodes, spared = self.call("list instances", lambda: self.driver.ex_divide_nodes(filters))
        return sorted(nodes, key=lambda node: str(node.id)), spared

    def look(self, *ids: str) -> list[Any]:
        """Return the nodes with these ids as they are now, spared ones too, without those that EC2 no longer has.

        Raises ``AttackFailed``.
        """
        from libcloud.common.exceptions import BaseHTTPError

        def look() -> list[Any]:
            try:
                return list(self.driver.list_nodes(ex_node_ids=ids))
            except BaseHTTPError as error:
                if "InvalidInstanceID.NotFound" not in str(error):
                    raise
                return [] if len(ids) == 1 else [node for id in ids for node in self.look(id)]

        return self.call(f"describe {', '.join(ids)}", look)

    def state(self, id: str) -> str:
        """Return EC2's name of the instance's state; ``gone`` where EC2 no longer has it."""
        return self.states([id])[id]

    def states(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the states of several instances, by id. Raises ``AttackFailed``."""
        return {
            **dict.fromkeys(ids, "gone"),
            **{str(node.id): str(node.extra.get("status")) for node in self.look(*ids)},
        }

    def start_look(self, seconds: float) -> Look:
        """Return a ``Look`` of so many seconds, beginning now."""
        return Look(seconds, pause=self.pause, clock=self.clock)

    def require_unspared(self, node: Any) -> None:
        """Raise ``Spared`` where the node's tags protect it now, before an attack reaches it without the driver."""
        named = {"Action": "Attack", "InstanceId": str(node.id)}
        self.call(f"read the tags of {node.id}", lambda: self.driver.ex_require_unspared(named))

    def ask(self, action: str, params: Mapping[str, str], *, checked: bool = True) -> Any:
        """Return the XML that EC2 answers to a request for which libcloud has no method. Raises ``AttackFailed``.

        ``checked``: the driver refuses a request that would change a spared instance.
        """
        connection = self.driver.connection
        request = connection.request if checked else connection.request_unchecked
        return self.call(action, lambda: request(self.driver.path, params=dict(params)).object)

    def call(self, action: str, call: Callable[[], T]) -> T:
        """Call EC2 (``ec2/call.py``). Raises ``AttackFailed`` that names the action, or ``AnswerLost``."""
        return ec2_call.call(action, call, place=self.name, pause=self.pause)
