"""Terminate, stop, start and reboot the instances of one Region, and look until each is done."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers.ec2.region import ENDING, EC2Region
from chalicelib.drivers.look import AnswerLost, Look, Observed

ACCEPTED = "EC2 accepted the reboot, and shows no sign of one"
_ENDED = (*ENDING, "gone")
TERMINATING = 60.0
"""Seconds until an instance is to be shutting down. EC2 is eventually consistent, mostly within one."""
STOPPING = 240.0
"""Seconds until an instance is to be stopped: it may take minutes to write its memory out."""
STARTING = 110.0
"""Seconds that an undo may take until the instance runs. One run of the function tries an undo three times."""
GROUPING = 110.0
"""Seconds until all network interfaces of an instance are to be in other security groups, or back in their own."""


@dataclass(frozen=True, slots=True)
class Fleet(EC2Region):
    """The machines of a Region, to terminate, stop, start and reboot."""

    def terminate(self, node: Any) -> Observed[str]:
        """Terminate this one node, and return the state in which it was seen to end.

        Raises ``AttackFailed`` where the node does not end, or is spared.
        """
        return self._act(
            "terminate", node, "terminated", self.driver.destroy_node, self.start_look(TERMINATING), _ENDED, never=()
        )

    def stop(self, node: Any) -> Observed[str]:
        """Stop the node, and look until it is stopped."""
        return self._act(
            "stop", node, "stopped", self.driver.stop_node, self.start_look(STOPPING), ("stopped",), never=_ENDED
        )

    def start(self, node: Any, look: Look | None = None) -> Observed[str]:
        """Start the node, which may be spared, and look until it runs.

        EC2 accepts the start of an instance that cannot run, for instance where a volume's key refuses. The instance is
        then pending, and stopped again. ``look`` is the time that is left, by default all that a start may take.
        """
        return self._act(
            *("start", node, "started", self.driver.start_node, look or self.start_look(STARTING), ("running",)),
            never=(*_ENDED, "stopping"),
            again=("stopped",),
        )

    def reboot(self, node: Any) -> dict[str, Any]:
        """Reboot this one node, and return its state and the evidence of the reboot.

        EC2 shows no sign of a reboot, so the evidence is that EC2 accepted it. Raises ``AttackFailed`` where the answer
        is lost, and where the node does not run afterwards.
        """
        id, look = str(node.id), self.start_look(TERMINATING)
        try:
            self.call(f"reboot {id}", lambda: self.driver.reboot_node(node))
        except AnswerLost as failure:
            raise AttackFailed(
                f"{failure}; EC2 shows no sign of a reboot, so it is not known whether {id} was rebooted",
                state=self._state_if_seen(id),
            ) from failure
        seen = look.until(lambda: self.state(id), lambda state: state == "running", lambda states: states[-1] in _ENDED)
        if not seen.is_so:
            raise AttackFailed(f"{id} is {seen.value} after it was rebooted", state=seen.value, seconds=seen.seconds)
        return {"state": seen.value, "seconds": seen.seconds, "evidence": ACCEPTED}

    def _state_if_seen(self, id: str) -> str | None:
        try:
            return self.state(id)
        except AttackFailed:
            return None

    def _act(
        self,
        verb: str,
        node: Any,
        done: str,
        act: Callable[[Any], object],
        look: Look,
        states: Sequence[str],
        *,
        never: Sequence[str],
        again: Sequence[str] = (),
    ) -> Observed[str]:
        """Act on the node and look until it is in one of the states.

        ``never`` are the states from which it does not reach them, ``again`` those that mean so once it had left them.
        The answer of the call itself does not count: libcloud reads the previous state of some emulators.
        """
        id = str(node.id)
        return look.act(
            id,
            done,
            act=lambda: self.call(f"{verb} {id}", lambda: act(node)),
            see=lambda: self.state(id),
            is_so=lambda state: state in states,
            never=lambda seen: seen[-1] in never or (len(seen) > 1 and seen[-1] in again),
        )

    def terminate_all(self, nodes: Sequence[Any]) -> tuple[Observed[dict[str, str]], list[AttackFailed]]:
        """Terminate each of these nodes, whatever becomes of the others.

        Returns the last states by id of those that EC2 accepted, or may have accepted. Returns with them the failure of
        each node that does not end.
        """
        asking = self.start_look(0)
        asked: dict[str, AnswerLost | None] = {}
        failures: list[AttackFailed] = []
        for node in nodes:
            try:
                self.call(f"terminate {node.id}", partial(self.driver.destroy_node, node))
                asked[str(node.id)] = None
            except AnswerLost as failure:
                asked[str(node.id)] = failure
            except AttackFailed as failure:
                failures.append(failure)
        seconds = asking.seconds
        if not asked:
            return Observed({}, seconds, is_so=False), failures
        seen = self._ends(asked)
        for id, state in seen.value.items():
            if state not in _ENDED:
                what = f"{id} is still {state} {seen.seconds:.0f} seconds after it was terminated"
                failures.append(AttackFailed(f"{asked[id]}; {what}" if asked[id] else what))
        return replace(seen, seconds=round(seconds + seen.seconds, 1)), failures

    def _ends(self, ids: Iterable[str]) -> Observed[dict[str, str]]:
        """Return the last states of all these instances, as soon as all end. Do not ask again for those that end."""
        seen: dict[str, str] = {}

        def see() -> dict[str, str]:
            seen.update(self.states([id for id in ids if seen.get(id) not in _ENDED]))
            return dict(seen)

        return self.start_look(TERMINATING).until(see, lambda states: all(state in _ENDED for state in states.values()))
