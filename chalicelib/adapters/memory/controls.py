"""The state of the whole engine, in memory: ``ports.Controls``."""

from dataclasses import dataclass, replace

from chalicelib.adapters.memory.rows import Rows
from chalicelib.domain.engine_state import AuditEntry, Control, Lever
from chalicelib.domain.errors import WriteConflict
from chalicelib.domain.page import Page


@dataclass(frozen=True, slots=True)
class Controls:
    rows: Rows

    def control(self) -> Control:
        with self.rows.lock:
            return self.rows.control

    def steer(self, known: Control, control: Control, act: AuditEntry) -> None:
        with self.rows.lock:
            if self.rows.control.version == known.version:
                self._change(control, act)
            elif act not in self.rows.acts:
                raise WriteConflict("another request has changed the engine's state")

    def pull(self, lever: Lever, act: AuditEntry) -> Control:
        with self.rows.lock:
            self._change(replace(lever.of(self.rows.control), version=self.rows.control.version + 1), act)
            return self.rows.control

    def _change(self, control: Control, act: AuditEntry) -> None:
        self.rows.control = control
        self.rows.acts = [*(each for each in self.rows.acts if each.position != act.position), act]

    def history(self, *, limit: int, after: str | None) -> Page[AuditEntry]:
        with self.rows.lock:
            acts = [act for act in self.rows.acts if after is None or act.position < after]
        acts.sort(key=lambda act: act.position, reverse=True)
        return Page(items=tuple(acts[:limit]), next_position=acts[limit - 1].position if len(acts) > limit else None)
