"""The machines of any cloud that libcloud knows, in an attack's words: which match, destroy one, reboot one."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, TypeVar
from urllib.parse import urlsplit

from chalicelib.drivers import destination, labels, spared
from chalicelib.drivers.found import Found
from chalicelib.drivers.providers import PROVIDERS
from chalicelib.errors import InvalidRequest
from chalicelib.model import Config
from chalicelib.plugin import AttackFailed
from chalicelib.schema import TEXT, Schema, closed

Filters = Mapping[str, str | Sequence[str]]
T = TypeVar("T")

STATES = (
    *("running", "starting", "rebooting", "terminated", "pending", "unknown", "stopping", "stopped", "suspended"),
    *("error", "paused", "reconfiguring", "migrating", "normal", "updating"),
)
"""libcloud's names for what a node can be."""

_OF_THIS_MACHINE = "dummy"
_SECRET: Schema = {"type": "string", "maxLength": 16384, "writeOnly": True}
DRIVER: Schema = {
    **closed(
        ["provider"],
        provider={**TEXT, "description": "a compute provider of Apache Libcloud, e.g. digitalocean"},
        key=_SECRET,
        secret=_SECRET,
        region=TEXT,
        host=TEXT,
        port={"type": "integer", "minimum": 1, "maximum": 65535},
        secure={"type": "boolean"},
        options={
            "type": "object",
            "maxProperties": 32,
            "additionalProperties": {"type": ["string", "integer", "boolean"]},
            "writeOnly": True,
            "description": "further arguments of the provider's driver, by name; they are not shown again",
        },
    ),
    "description": "the cloud to attack: Libcloud's name for it, and what its driver is made with",
}


def _one_or_several(value: Schema) -> Schema:
    return {"oneOf": [value, {"type": "array", "items": value, "minItems": 1, "maxItems": 200}]}


NODE_FILTERS: Schema = {
    **closed(
        name=_one_or_several({"type": "string", "minLength": 1, "maxLength": 255}),
        state=_one_or_several({"enum": [*STATES]}),
    ),
    "minProperties": 1,
    "description": "name: patterns such as web-*; state: running unless given. All must match",
}


def check(driver: Config) -> None:
    """Raise ``InvalidRequest`` for a provider that libcloud does not know."""
    if driver["provider"] not in PROVIDERS:
        raise InvalidRequest(f"{driver['provider']!r} is no provider of libcloud: there are {', '.join(PROVIDERS)}")


def check_filters(filters: Filters) -> None:
    """Raise ``InvalidRequest`` unless these are filters of nodes, where a schema has accepted others too."""
    states = filters.get("state", ())
    unknown = [f"filter {name}" for name in filters if name not in ("name", "state")]
    unknown += [f"state {state}" for state in ([states] if isinstance(states, str) else states) if state not in STATES]
    if unknown:
        raise InvalidRequest(
            f"there is no {unknown[0]} where a driver is given: the filters are name and state,"
            f" which is one of {', '.join(STATES)}"
        )


@dataclass(frozen=True, slots=True)
class Cloud:
    """``driver`` is a libcloud compute driver; ``secrets`` are kept out of all sentences; ``pause`` waits so many
    seconds."""

    driver: Any
    provider: str
    secrets: tuple[str, ...] = field(default=(), repr=False)
    pause: Callable[[float], None] = time.sleep

    @classmethod
    def of(cls, config: Config) -> "Cloud":
        """The cloud that an attack's ``driver`` describes. Raises ``AttackFailed``.

        The local stage reaches none but libcloud's own ``dummy``, whose nodes are in memory.
        """
        from libcloud.compute.providers import get_driver

        from chalicelib.drivers.cloud_connection import check_from_now_on

        given = {name: value for name, value in config.items() if name not in ("provider", "options")}
        given = {**config.get("options", {}), **given}
        provider = str(config["provider"])
        if destination.is_local() and provider != _OF_THIS_MACHINE:
            raise AttackFailed(f"the local stage reaches no cloud, and so not {provider}: only {_OF_THIS_MACHINE}")
        _check_destinations(given)
        secrets = tuple(
            str(value)
            for value in (config.get("key"), config.get("secret"), *config.get("options", {}).values())
            if isinstance(value, str) and len(value) > 3
        )
        # Each provider's constructor refuses in its own way: an argument it does not know, one it lacks, a Region that
        # is none, a library it wants. A mistake in the plan is a failed attack with those words.
        try:
            driver = get_driver(provider)(**given)
        except (TypeError, ValueError, KeyError, AttributeError, NotImplementedError, ImportError) as error:
            raise AttackFailed(f"the driver of {provider} cannot be made: {_without(secrets, error)}") from None
        check_from_now_on(driver)
        return cls(driver, provider, secrets)

    def find(self, filters: Filters) -> "Found[Cloud]":
        """The nodes whose name and state match: running ones, unless a state is asked for. Those are spared whose tags
        say so, or cannot be read. Raises ``AttackFailed``."""
        wanted = {"state": "running", **filters}
        why_not: dict[str, str] = {}
        nodes = []
        for node in sorted((node for node in self._nodes() if _matches(node, wanted)), key=lambda node: str(node.id)):
            tags = labels.of(node)
            reason = "its tags cannot be read" if tags is None else spared.reason(tags)
            if reason is None:
                nodes.append(node)
            else:
                why_not[str(node.id)] = reason
        return Found(
            place=self, name=f"of {self.provider}", nodes=nodes, spared=why_not, known={"provider": self.provider}
        )

    def require_unspared(self, node: Any) -> None:
        """Raise ``Spared`` where the node's tags protect it now, or cannot be read."""
        now = next((each for each in self._nodes() if each.id == node.id), None)
        if now is None:
            raise spared.unread(str(node.id), f"{self.provider} does not show it")
        tags = labels.of(now)
        if tags is None:
            raise spared.unread(str(node.id), f"{self.provider} shows them in a form that is not known")
        spared.require_unspared(str(node.id), tags)

    def destroy(self, node: Any) -> str:
        """Destroy this one node, and return the state in which it was seen afterwards, ``gone`` where it was not.

        Raises ``AttackFailed`` where the cloud does not do it, or the node is spared.
        """
        self.require_unspared(node)
        accepted = self._call(f"destroy {node.id}", lambda: self.driver.destroy_node(node))
        for seconds in (0.0, 1.0, 2.0, 4.0):
            if seconds:
                self.pause(seconds)
            state = self._state(node)
            if state in ("gone", "terminated", "stopping"):
                return state
        if accepted:
            return state
        raise AttackFailed(f"{self.provider} did not destroy {node.id}, which is {state}", state=state)

    def reboot(self, node: Any) -> str:
        """Reboot this one node, and return the state in which it was seen afterwards. Raises ``AttackFailed``."""
        self.require_unspared(node)
        if not self._call(f"reboot {node.id}", lambda: self.driver.reboot_node(node)):
            raise AttackFailed(f"{self.provider} did not reboot {node.id}")
        return self._state(node)

    def _state(self, node: Any) -> str:
        return next((str(each.state) for each in self._nodes() if each.id == node.id), "gone")

    def _nodes(self) -> list[Any]:
        return self._call("list nodes", lambda: list(self.driver.list_nodes()))

    def _call(self, action: str, call: Callable[[], T]) -> T:
        with self._failures_named(action):
            return call()

    @contextmanager
    def _failures_named(self, action: str) -> Iterator[None]:
        from libcloud.common.exceptions import BaseHTTPError
        from libcloud.common.types import LibcloudError

        try:
            yield
        except (BaseHTTPError, LibcloudError, NotImplementedError) as error:  # the last: it has no such action
            raise AttackFailed(f"{self.provider} refused to {action}: {_without(self.secrets, error)}") from None
        except OSError as error:
            raise AttackFailed(f"{self.provider} could not be reached to {action}: {type(error).__name__}") from None


def _matches(node: Any, filters: Filters) -> bool:
    for name, values in filters.items():
        patterns = [values] if isinstance(values, str) else values
        if not any(fnmatchcase(str(getattr(node, name)), pattern) for pattern in patterns):
            return False
    return True


def _check_destinations(arguments: Mapping[str, Any]) -> None:
    """Neither a host nor a URL that a driver is given may lead where attacks may not go."""
    for name, value in arguments.items():
        parts = urlsplit(value) if isinstance(value, str) and "://" in value else None
        host = value if name == "host" else parts.hostname if parts else None
        if host:
            destination.resolve(str(host), int(arguments.get("port", 443)), named_by_plan=True)


def _without(secrets: Sequence[str], error: Exception) -> str:
    said = f"{type(error).__name__}: {error}"
    for secret in secrets:
        said = said.replace(secret, "********")
    return said[:300]
