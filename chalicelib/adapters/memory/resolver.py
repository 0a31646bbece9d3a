"""Ask an attack in this process which targets it could hit: ``ports.Resolver``."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chalicelib.domain.model import Config
from chalicelib.domain.targets import Resolution
from chalicelib.planning.resolve_targets import resolve
from chalicelib.plugin import Attack
from chalicelib.plugin.registry import Registry


class MemoryResolver:
    """A resolver that asks the attacks of a registry; what passes between API and function is JSON here too."""

    def __init__(self, attacks: Registry[Attack]) -> None:
        self._attacks = attacks

    def resolve(self, attack: Config) -> Resolution:
        event = json.loads(json.dumps({"ref": attack["ref"], "args": attack["args"]}))
        return Resolution.of(json.loads(json.dumps(resolve(event, self._attacks).document())))

    @contextmanager
    def resolving(self, attack: Config) -> Iterator[Callable[[], Resolution]]:
        yield lambda: self.resolve(attack)
