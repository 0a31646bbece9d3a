"""The machines of any cloud that libcloud knows, in an attack's words: which match, destroy one, reboot one."""

import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from http.client import HTTPException
from typing import Any, TypeVar

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.domain.cut_text import cut
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.model import Config
from chalicelib.drivers import protection
from chalicelib.drivers.candidates import Found
from chalicelib.drivers.cloud import labels
from chalicelib.drivers.cloud.plan_arguments import Filters, check
from chalicelib.drivers.look import AnswerLost, Look, Observed
from chalicelib.net import guard, rules

T = TypeVar("T")


DESTROYING = 120.0
"""Seconds until a machine is to be gone, or terminated."""
ACCEPTED = "the cloud accepted the reboot, and shows no sign of one"
LONGEST_CALL = 60.0
"""Seconds that a cloud may take to do one thing, with all the requests that it needs."""
LARGEST_ANSWERS = 64 * 1024 * 1024
"""Bytes of all answers that are read for one thing, unpacked."""

_OF_THIS_MACHINE = "dummy"
_OF_A_BROKEN_ANSWER = (
    *(LookupError, TypeError, ValueError, AttributeError, ArithmeticError, AssertionError, StopIteration, SyntaxError),
    *(RuntimeError, HTTPException),
)
"""Each of libcloud's drivers takes its cloud's answers apart in its own way, and looks at none of them before. A
``SyntaxError`` is that of XML."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """A cloud by its libcloud compute ``driver``.

    ``secrets`` are kept out of all sentences. ``pause`` waits so many seconds, and ``clock`` counts them. ``seconds``
    is the most that one call may take.
    """

    driver: Any
    provider: str
    secrets: tuple[str, ...] = field(default=(), repr=False)
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    lookup: guard.Lookup = socket.getaddrinfo
    seconds: float = LONGEST_CALL

    @classmethod
    def of(cls, config: Config, *, lookup: guard.Lookup = socket.getaddrinfo, seconds: float = LONGEST_CALL) -> "Cloud":
        """Return the cloud that an attack's ``driver`` describes. Raises ``AttackFailed``.

        The local stage reaches no cloud: there a plan gives a host of its own, or the provider of this machine.
        """
        try:
            check(config)
        except InvalidRequest as refusal:
            raise AttackFailed(str(refusal)) from None
        given = {name: value for name, value in config.items() if name not in ("provider", "options")}
        given = {**config.get("options", {}), **given}
        provider = str(config["provider"])
        if rules.is_local() and provider != _OF_THIS_MACHINE and "host" not in given and lookup is socket.getaddrinfo:
            raise AttackFailed(f"the local stage reaches no cloud, and so not {provider}: only {_OF_THIS_MACHINE}")
        secrets = tuple(
            str(value)
            for value in (config.get("key"), config.get("secret"), *config.get("options", {}).values())
            if isinstance(value, str) and len(value) > 3
        )
        if provider == "gce":
            given["credential_file"] = (
                os.devnull
            )  # otherwise libcloud keeps the token in a file, for the next plan to use
        made = cls(None, provider, secrets, lookup=lookup, seconds=seconds)
        return replace(made, driver=made._call("answer while its driver is made", lambda: made._driver(given)))

    def _driver(self, arguments: Mapping[str, Any]) -> Any:
        from libcloud.compute.providers import get_driver

        from chalicelib.drivers.cloud.connection import use_guarded_connections

        # Each provider's constructor refuses in its own way: an argument it does not know, one it lacks, a Region that
        # is none, a library it wants. A mistake in the plan is a failed attack with those words.
        try:
            kind = get_driver(self.provider)
            use_guarded_connections()
            return kind(**arguments)
        except (TypeError, ValueError, KeyError, AttributeError, NotImplementedError, ImportError) as error:
            said = _without(self.secrets, error)
            raise AttackFailed(f"the driver of {self.provider} cannot be made: {said}") from None

    def find(self, filters: Filters) -> "Found[Cloud]":
        """Return the nodes whose name and state match: running ones, unless a state is asked for. Raises
        ``AttackFailed``.

        A node is spared where its tags protect it, or cannot be read.
        """
        wanted = {"state": "running", **filters}
        spared: dict[str, str] = {}
        nodes = []
        for node in sorted((node for node in self._nodes() if _matches(node, wanted)), key=lambda node: str(node.id)):
            tags = labels.of(node)
            reason = "its tags cannot be read" if tags is None else protection.reason(tags)
            if reason is None:
                nodes.append(node)
            else:
                spared[str(node.id)] = reason
        return Found(
            place=self, name=f"of {self.provider}", nodes=nodes, spared=spared, known={"provider": self.provider}
        )

    def require_unspared(self, node: Any) -> None:
        """Raise ``Spared`` where the node's tags protect it now, or cannot be read."""
        now = next((each for each in self._nodes() if each.id == node.id), None)
        if now is None:
            raise protection.unread(str(node.id), f"{self.provider} does not show it")
        tags = labels.of(now)
        if tags is None:
            raise protection.unread(str(node.id), f"{self.provider} shows them in a form that is not known")
        protection.require_unspared(str(node.id), tags)

    def destroy(self, node: Any) -> Observed[str]:
        """Destroy this one node and return the state in which it was last seen, ``gone`` where the cloud lists it no
        more.

        Raises ``AttackFailed`` where the node does not end in time, whatever the cloud answered, or is spared.
        """
        self.require_unspared(node)
        return Look(DESTROYING, pause=self.pause, clock=self.clock).act(
            str(node.id),
            "destroyed",
            act=lambda: self._accepted(f"destroy {node.id}", lambda: self.driver.destroy_node(node)),
            see=lambda: self._state(node),
            is_so=lambda state: state in ("gone", "terminated"),
        )

    def reboot(self, node: Any) -> dict[str, Any]:
        """Reboot this one node, and return its state and the evidence of the reboot.

        Raises ``AttackFailed`` where the cloud refuses, and where its answer is lost and no reboot is seen.
        """
        self.require_unspared(node)
        lost: AnswerLost | None = None
        try:
            self._accepted(f"reboot {node.id}", lambda: self.driver.reboot_node(node))
        except AnswerLost as failure:
            lost = failure
        state = self._state(node)
        if state == "rebooting":
            return {"state": state, "evidence": "it was seen rebooting"}
        if lost is not None:
            raise AttackFailed(f"{lost}; it is not known whether {node.id} was rebooted", state=state) from lost
        if state in ("gone", "terminated"):
            raise AttackFailed(f"{node.id} is {state} after it was rebooted", state=state)
        return {"state": state, "evidence": ACCEPTED}

    def _accepted(self, action: str, call: Callable[[], Any]) -> None:
        """Raise ``AnswerLost`` where the driver reports that nothing was done: some drivers do so although it was."""
        if not self._call(action, call):
            raise AnswerLost(f"{self.provider} reports that it did not {action}")

    def _state(self, node: Any) -> str:
        return next((str(each.state) for each in self._nodes() if each.id == node.id), "gone")

    def _nodes(self) -> list[Any]:
        return self._call("list nodes", lambda: list(self.driver.list_nodes()))

    def _call(self, action: str, call: Callable[[], T]) -> T:
        """Call the cloud through guarded connections, within the limits of time and size."""
        with self._failures_named(action):
            return guard.call(call, rules.PLAN, seconds=self.seconds, largest=LARGEST_ANSWERS, lookup=self.lookup)

    @contextmanager
    def _failures_named(self, action: str) -> Iterator[None]:
        from libcloud.common.exceptions import BaseHTTPError
        from libcloud.common.types import LibcloudError, MalformedResponseError

        try:
            yield
        except MalformedResponseError:
            raise AnswerLost(f"{self.provider} was asked to {action}, and its answer cannot be read") from None
        except (BaseHTTPError, LibcloudError, NotImplementedError) as error:  # the last: it has no such action
            broken = isinstance(error, BaseHTTPError) and int(error.code) >= 500
            said = f"{self.provider} {'failed' if broken else 'refused'} to {action}: {_without(self.secrets, error)}"
            raise (AnswerLost if broken else AttackFailed)(said) from None
        except _OF_A_BROKEN_ANSWER as error:
            said = type(error).__name__
            raise AnswerLost(
                f"{self.provider} was asked to {action}, and libcloud cannot read its answer: {said}"
            ) from None
        except guard.AnswerTooLarge:
            raise AnswerLost(f"{self.provider} was asked to {action}, and its answers are too large") from None
        except TimeoutError:
            raise AnswerLost(
                f"{self.provider} was asked to {action}, and took more than {self.seconds:g} seconds"
            ) from None
        except OSError as error:
            raise AnswerLost(f"{self.provider} could not be reached to {action}: {type(error).__name__}") from None


def _matches(node: Any, filters: Filters) -> bool:
    for name, values in filters.items():
        patterns = [values] if isinstance(values, str) else values
        if not any(fnmatchcase(str(getattr(node, name)), pattern) for pattern in patterns):
            return False
    return True


def _without(secrets: Sequence[str], error: Exception) -> str:
    said = f"{type(error).__name__}: {error}"
    for secret in secrets:
        said = said.replace(secret, "********")
    return cut(said, 300)
