"""From a ref to the class it names, and the catalogue of all there are.

A ref is ``module:Class``; the module is a file of the plugins folder. Resolving imports that one module. The catalogue
imports them all; a module that cannot be imported, or whose plugin lacks what it must have, is named in its ``broken``
list and hinders no other.
"""

import importlib
import inspect
import json
import pkgutil
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Generic, TypeGuard, TypeVar

from chalicelib.boundary import foreign_code
from chalicelib.errors import PluginBroken, PluginNotFound
from chalicelib.plugin import Attack, Planner, Plugin

_REF = re.compile(r"([A-Za-z_]\w*)[:.]([A-Za-z_]\w*)", re.ASCII)

P = TypeVar("P", bound=Plugin)


@dataclass(frozen=True, slots=True)
class Broken:
    """A module of the plugins folder that is of no use, or one class in it (``module:Class``)."""

    module: str
    reason: str


class Registry(Generic[P]):
    """The plugins of one kind, in one package."""

    def __init__(self, kind: str, package: str, base: type[P]) -> None:
        """``kind`` is the word for people (``attack``), ``package`` where the files are (``plugins.attacks``)."""
        self.kind, self._package, self._base = kind, package, base

    def get(self, ref: str) -> type[P]:
        """The class that a ref names. ``api_request.ApiRequest``, as the original's documentation has it, is
        ``api_request:ApiRequest``.

        Raises ``PluginNotFound``, and ``PluginBroken`` where the module is there but cannot be imported, or the class
        lacks its schema or its example.
        """
        match = _REF.fullmatch(ref)
        if match is None or match[1] not in self._modules():
            raise PluginNotFound(self.kind, ref)
        found = getattr(self._load(match[1], ref), match[2], None)
        if not self._is_plugin(found):
            raise PluginNotFound(self.kind, ref)
        self._require_complete(found, ref)
        return found

    def catalogue(self) -> tuple[list[type[P]], list[Broken]]:
        """Every plugin, by ref, and what is broken."""
        found: list[type[P]] = []
        broken: list[Broken] = []
        for module in self._modules():
            try:
                loaded = self._load(module, module)
            except PluginBroken as error:
                broken.append(Broken(module, str(error)))
                continue
            for name, value in vars(loaded).items():
                if not (self._is_plugin(value) and value.__module__ == loaded.__name__):
                    continue
                try:
                    self._require_complete(value, f"{module}:{name}")
                    found.append(value)
                except PluginBroken as error:
                    broken.append(Broken(f"{module}:{name}", str(error)))
        return sorted(found, key=lambda plugin: plugin.ref), broken

    def _load(self, module: str, ref: str) -> ModuleType:
        with foreign_code(lambda error: PluginBroken(self.kind, ref, error)):
            return importlib.import_module(f"{self._package}.{module}")

    def _require_complete(self, plugin: type[P], ref: str) -> None:
        """Raise ``PluginBroken`` unless the plugin has a schema and an example, and they can be shown."""
        with foreign_code(lambda error: PluginBroken(self.kind, ref, error)):
            for name in ("schema", "example"):
                if not isinstance(getattr(plugin, name, None), Mapping):
                    raise TypeError(f"its {name} is not an object")
                json.dumps(getattr(plugin, name), allow_nan=False)

    def _modules(self) -> list[str]:
        package = importlib.import_module(self._package)
        return sorted(info.name for info in pkgutil.iter_modules(package.__path__))

    def _is_plugin(self, value: object) -> TypeGuard[type[P]]:
        return (
            inspect.isclass(value)
            and issubclass(value, self._base)
            and value is not self._base
            and isinstance(getattr(value, "ref", None), str)
        )


def attacks() -> Registry[Attack]:
    """The attacks of ``plugins/attacks/``."""
    return Registry("attack", "plugins.attacks", Attack)


def planners() -> Registry[Planner]:
    """The planners of ``plugins/planners/``."""
    return Registry("planner", "plugins.planners", Planner)
