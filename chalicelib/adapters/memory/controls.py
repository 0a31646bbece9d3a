"""What is set for the whole engine, in memory: ``ports.Controls``."""

from chalicelib.adapters.memory.rows import Rows
from chalicelib.control import Act, Control
from chalicelib.errors import Lost
from chalicelib.model import Page


class Controls(Rows):
    def control(self) -> Control:
        with self._lock:
            return self._control

    def steer(self, known: Control, control: Control, act: Act) -> None:
        with self._lock:
            if self._control == control and act in self._acts:
                return
            if self._control.version != known.version:
                raise Lost("the engine was changed by another")
            self._control = control
            self._acts.append(act)

    def history(self, *, limit: int, after: str | None) -> Page[Act]:
        with self._lock:
            acts = [act for act in self._acts if after is None or act.position < after]
        acts.sort(key=lambda act: act.position, reverse=True)
        return Page(items=tuple(acts[:limit]), next_position=acts[limit - 1].position if len(acts) > limit else None)
