"""The instances of one Region, in an attack's words: which match, what became of one."""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from chalicelib.drivers.ec2 import EC2DriverFactory
from chalicelib.drivers.filters import require_honoured
from chalicelib.plugin import AttackFailed

Filters = Mapping[str, str | Sequence[str]]

T = TypeVar("T")

_ENDING = ("shutting-down", "terminated")
_PAUSES = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0)
"""Seconds to wait between looks at an instance. EC2 is eventually consistent, mostly within one."""
_THROTTLED = ("RequestLimitExceeded", "Throttling", "Unavailable", "ServiceUnavailable")


@dataclass(frozen=True, slots=True)
class Fleet:
    """``driver`` is a libcloud compute driver with EC2's extensions; ``pause`` waits so many seconds."""

    driver: Any
    region: str
    pause: Callable[[float], None] = time.sleep

    @classmethod
    def of(cls, region: str | None = None) -> "Fleet":
        """The fleet of a Region, by default the function's own. Raises ``AttackFailed``."""
        driver = EC2DriverFactory(region).get_driver()
        return cls(driver, driver.region_name)

    def matching(self, filters: Filters) -> list[Any]:
        """Every node that matches all filters of DescribeInstances, by id. Raises ``AttackFailed``."""
        require_honoured(filters, os.environ)
        return sorted(
            self._call("list instances", lambda: self.driver.list_nodes(ex_filters=filters)),
            key=lambda node: str(node.id),
        )

    def candidates(self, filters: Filters) -> list[Any]:
        """The nodes that match and can be attacked: running ones, unless the filters ask for another state; never
        those that are ending already."""
        by_state = {} if "instance-state-code" in filters else {"instance-state-name": "running"}
        return [node for node in self.matching({**by_state, **filters}) if node.extra.get("status") not in _ENDING]

    def state(self, node: Any) -> str:
        """The node's state by EC2's name for it; ``gone`` where EC2 does not know it any more."""
        from libcloud.common.exceptions import BaseHTTPError

        def look() -> list[Any]:
            try:
                return list(self.driver.list_nodes(ex_node_ids=[node.id]))
            except BaseHTTPError as error:
                if "InvalidInstanceID.NotFound" in str(error):
                    return []
                raise

        found = self._call(f"describe {node.id}", look)
        return str(found[0].extra.get("status")) if found else "gone"

    def terminate(self, node: Any) -> str:
        """Terminate this one node, and return the state in which it was seen afterwards.

        What the call itself answers is not believed (libcloud reads the previous state of some emulators): EC2 is
        asked, for some seconds. Raises ``AttackFailed`` where the node does not end.
        """
        self._call(f"terminate {node.id}", lambda: self.driver.destroy_node(node))
        for seconds in (0.0, *_PAUSES):
            if seconds:
                self.pause(seconds)
            state = self.state(node)
            if state in (*_ENDING, "gone"):
                return state
        raise AttackFailed(
            f"{node.id} is still {state} {sum(_PAUSES):.0f} seconds after it was terminated", state=state
        )

    def _call(self, action: str, call: Callable[[], T]) -> T:
        """Call EC2; when it throttles wait and call again, a few times."""
        from libcloud.common.exceptions import BaseHTTPError

        with self._failures_named(action):
            for seconds in _PAUSES[:4]:
                try:
                    return call()
                except BaseHTTPError as error:
                    if not str(error).startswith(_THROTTLED):
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
            raise AttackFailed(f"EC2 in {self.region} refused to {action}: {str(error)[:300]}") from error
        except OSError as error:  # of which every failure of a connection is one
            raise AttackFailed(
                f"EC2 in {self.region} could not be reached to {action}: {type(error).__name__}"
            ) from error
