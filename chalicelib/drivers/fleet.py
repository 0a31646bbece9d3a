"""The instances of one Region, in an attack's words: which match, what became of one."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from chalicelib.drivers.ec2 import EC2DriverFactory
from chalicelib.drivers.filters import require_honoured
from chalicelib.drivers.found import Found
from chalicelib.plugin import AttackFailed

Filters = Mapping[str, str | Sequence[str]]

T = TypeVar("T")

_ENDING = ("shutting-down", "terminated")
PAUSES = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0)
"""Seconds to wait between looks at an instance. EC2 is eventually consistent, mostly within one."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """``driver`` is a libcloud compute driver with EC2's extensions; ``pause`` waits so many seconds; ``account`` is
    the number of the account where a role was assumed."""

    driver: Any
    region: str
    pause: Callable[[float], None] = time.sleep
    account: str | None = None

    @classmethod
    def of(
        cls,
        region: str | None = None,
        pause: Callable[[float], None] = time.sleep,
        *,
        role_arn: str | None = None,
        external_id: str | None = None,
    ) -> "Fleet":
        """The fleet of a Region, by default the function's own, in the account of the role, by default its own too.

        Raises ``AttackFailed``.
        """
        driver = EC2DriverFactory(region, role_arn, external_id).get_driver()
        return cls(driver, driver.region_name, pause, role_arn.split(":")[4] if role_arn else None)

    @property
    def name(self) -> str:
        """The Region, and whose it is where that is another account."""
        return f"{self.region} of the account {self.account}" if self.account else self.region

    @property
    def known(self) -> dict[str, str]:
        """The Region, and the account where a role was assumed: what goes on record."""
        return {"region": self.region, **({"account": self.account} if self.account else {})}

    def matching(self, filters: Filters) -> list[Any]:
        """Every node that matches all filters of DescribeInstances and is not spared, by id. Raises ``AttackFailed``.

        The driver spares (``RegionalEC2Driver``).
        """
        return self._divided(filters)[0]

    def find(self, filters: Filters) -> "Found[Fleet]":
        """The nodes that match and can be attacked: running ones, unless the filters ask for another state; never
        those that are ending already. Raises ``AttackFailed``."""
        by_state = {} if "instance-state-code" in filters else {"instance-state-name": "running"}
        nodes, spared = self._divided({**by_state, **filters})
        return Found(
            place=self,
            name=f"in {self.name}",
            nodes=[node for node in nodes if node.extra.get("status") not in _ENDING],
            spared=spared,
            known=self.known,
        )

    def _divided(self, filters: Filters) -> tuple[list[Any], Mapping[str, str]]:
        require_honoured(filters, os.environ)
        nodes, spared = self.call("list instances", lambda: self.driver.ex_divide_nodes(filters))
        return sorted(nodes, key=lambda node: str(node.id)), spared

    def look(self, *ids: str) -> list[Any]:
        """The nodes with these ids as they are now, be they spared; without those that EC2 does not know any more.

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
        """The instance's state by EC2's name for it; ``gone`` where EC2 does not know it any more."""
        return self.await_states([id], (), pauses=())[id]

    def await_states(
        self, ids: Sequence[str], states: Sequence[str], pauses: Sequence[float] = PAUSES
    ) -> dict[str, str]:
        """Look at the instances until each is in one of the states, or all pauses (seconds) are over.

        Returns the state in which each was seen last, ``gone`` where EC2 does not know it any more.
        """
        seen: dict[str, str] = {}
        for seconds in (0.0, *pauses):
            if seconds:
                self.pause(seconds)
            waiting = [id for id in ids if seen.get(id) not in states]
            seen |= dict.fromkeys(waiting, "gone")
            seen |= {str(node.id): str(node.extra.get("status")) for node in self.look(*waiting)}
            if all(state in states for state in seen.values()):
                break
        return seen

    def require_unspared(self, node: Any) -> None:
        """Raise ``Spared`` where the node's tags protect it now, for what is done to it past the driver."""
        named = {"Action": "Attack", "InstanceId": str(node.id)}
        self.call(f"read the tags of {node.id}", lambda: self.driver.ex_require_unspared(named))

    def terminate(self, node: Any) -> str:
        """Terminate this one node, and return the state in which it was seen afterwards.

        Raises ``AttackFailed`` where the node does not end, or is spared.
        """
        self.call(f"terminate {node.id}", lambda: self.driver.destroy_node(node))
        return self._ended(node, (*_ENDING, "gone"), "terminated")

    def stop(self, node: Any) -> str:
        """The same for stopping it."""
        self.call(f"stop {node.id}", lambda: self.driver.stop_node(node))
        return self._ended(node, ("stopping", "stopped"), "stopped")

    def start(self, node: Any) -> str:
        """The same for starting it, which may be done to a spared one."""
        self.call(f"start {node.id}", lambda: self.driver.start_node(node))
        return self._ended(node, ("pending", "running"), "started")

    def reboot(self, node: Any) -> str:
        """The same for rebooting it. EC2 shows no sign of that, and so is believed."""
        self.call(f"reboot {node.id}", lambda: self.driver.reboot_node(node))
        return self.state(str(node.id))

    def _ended(self, node: Any, states: Sequence[str], done: str) -> str:
        """The state in which describing shows the node after an action that was accepted.

        What the call itself answers is not believed: libcloud reads the previous state of some emulators.
        """
        state = self.await_states([str(node.id)], states)[str(node.id)]
        if state not in states:
            raise AttackFailed(f"{node.id} is still {state} {sum(PAUSES):.0f} seconds after it was {done}", state=state)
        return state

    def terminate_all(self, nodes: Sequence[Any]) -> tuple[dict[str, str], list[AttackFailed]]:
        """Terminate each of these nodes, whatever becomes of the others.

        Returns by id the states in which those were seen that EC2 had accepted, and the failure of each that does not
        end.
        """
        accepted: list[str] = []
        failures: list[AttackFailed] = []
        for node in nodes:
            try:
                self.call(f"terminate {node.id}", partial(self.driver.destroy_node, node))
                accepted.append(str(node.id))
            except AttackFailed as failure:
                failures.append(failure)
        ended = (*_ENDING, "gone")
        states = self.await_states(accepted, ended) if accepted else {}
        failures += [AttackFailed(f"{id} is still {state}") for id, state in states.items() if state not in ended]
        return states, failures

    def ask(self, action: str, params: Mapping[str, str], *, checked: bool = True) -> Any:
        """The XML that EC2 answers to a request that libcloud has no method for. Raises ``AttackFailed``.

        ``checked``: one that would change a spared instance is refused.
        """
        connection = self.driver.connection
        request = connection.request if checked else connection.request_unchecked
        return self.call(action, lambda: request(self.driver.path, params=dict(params)).object)

    def call(self, action: str, call: Callable[[], T]) -> T:
        """Call EC2; when it throttles wait and call again, a few times. Raises ``AttackFailed`` that names the action
        where EC2 refuses or cannot be reached."""
        from libcloud.common.exceptions import BaseHTTPError

        from chalicelib.drivers.libcloud_ec2 import throttled

        with self._failures_named(action):
            for seconds in PAUSES[:4]:
                try:
                    return call()
                except BaseHTTPError as error:
                    if not throttled(error):
                        raise
                self.pause(seconds)
            return call()

    @contextmanager
    def _failures_named(self, action: str) -> Iterator[None]:
        from libcloud.common.exceptions import BaseHTTPError
        from libcloud.common.types import LibcloudError

        try:
            yield
        except (BaseHTTPError, LibcloudError) as error:
            raise AttackFailed(f"EC2 in {self.name} refused to {action}: {str(error)[:300]}") from error
        except OSError as error:  # of which every failure of a connection is one
            raise AttackFailed(
                f"EC2 in {self.name} could not be reached to {action}: {type(error).__name__}"
            ) from error
