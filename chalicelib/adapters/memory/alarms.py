"""Alarms in memory: ``ports.Alarms``."""

from collections.abc import Mapping, Sequence

from chalicelib.domain.unavailable import Unavailable


class MemoryAlarms:
    """Alarms of which ``raised`` holds the states by name; there is no other alarm. While it is ``broken`` none can be
    read."""

    def __init__(self) -> None:
        self.raised: dict[str, str] = {}
        self.broken = False

    def states(self, names: Sequence[str]) -> Mapping[str, str]:
        if self.broken:
            raise Unavailable("reading the alarms")
        return {name: self.raised[name] for name in names if name in self.raised}
