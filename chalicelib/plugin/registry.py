"""From a ref to the class it names, and the catalogue of all there are.

A ref is ``module:Class``; the module is a file of the plugins folder. Resolving imports that one module. The catalogue
imports them all; a module that cannot be imported, or whose plugin lacks what it must have, is named in its ``broken``
list and hinders no other.
"""

import importlib
import importlib.util
import inspect
import json
import os
import pkgutil
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Generic, TypeGuard, TypeVar

from chalicelib.domain.errors import PluginBroken, PluginNotFound
from chalicelib.plugin.base import Attack, Planner, Plugin
from chalicelib.plugin.isolation import foreign_code, unexpected_error

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
        """Take the ``kind`` as people call it (``attack``) and the ``package`` of the files (``plugins.attacks``)."""
        self.kind, self._package, self._base = kind, package, base

    def get(self, ref: str) -> type[P]:
        """Return the class that a ref names; the original's ``api_request.ApiRequest`` means
        ``api_request:ApiRequest``.

        Raises ``PluginNotFound``, and ``PluginBroken`` for a module that cannot be imported, or a class without a
        schema or an example.
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
        """Return every plugin, by ref, and the broken ones."""
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
        _make_original_names_importable()
        with foreign_code(lambda error: PluginBroken(self.kind, ref, unexpected_error(error))):
            return importlib.import_module(f"{self._package}.{module}")

    def _require_complete(self, plugin: type[P], ref: str) -> None:
        """Raise ``PluginBroken`` unless the plugin has a schema and an example, and they can be shown."""
        with foreign_code(lambda error: PluginBroken(self.kind, ref, unexpected_error(error))):
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


def _make_original_names_importable() -> None:
    """Let plugins import ``chaosmonkey``, the original engine's names, in a checkout too.

    Chalice packages what is in vendor/ beside app.py. In a checkout vendor/ lies beside plugins/.
    """
    if importlib.util.find_spec("chaosmonkey") is None:
        vendor = Path(next(iter(importlib.import_module("plugins").__path__))).parent / "vendor"
        sys.path.append(os.fspath(vendor))
        importlib.invalidate_caches()


def attacks() -> Registry[Attack]:
    """Return the attacks of ``plugins/attacks/``."""
    return Registry("attack", "plugins.attacks", Attack)


def planners() -> Registry[Planner]:
    """Return the planners of ``plugins/planners/``."""
    return Registry("planner", "plugins.planners", Planner)
