"""What an attack could hit, asked in this process: ``ports.Resolver``."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chalicelib.model import Config
from chalicelib.plugin import Attack
from chalicelib.registry import Registry
from chalicelib.resolution import Resolution
from chalicelib.resolving import resolve


class MemoryResolver:
    """Asks attacks of that registry; what passes between API and function is JSON here too."""

    def __init__(self, attacks: Registry[Attack]) -> None:
        self._attacks = attacks

    def resolve(self, attack: Config) -> Resolution:
        event = json.loads(json.dumps({"ref": attack["ref"], "args": attack["args"]}))
        return Resolution.of(json.loads(json.dumps(resolve(event, self._attacks).document())))

    @contextmanager
    def resolving(self, attack: Config) -> Iterator[Callable[[], Resolution]]:
        yield lambda: self.resolve(attack)
