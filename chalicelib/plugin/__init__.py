"""The public interface of plugin authors: the base classes, what a plugin may raise, and the schemas of its args."""

from chalicelib.domain.attack_failures import AttackFailed, Spared
from chalicelib.domain.errors import APIError, InvalidRequest
from chalicelib.domain.json_schema import Schema, closed
from chalicelib.domain.model import Config
from chalicelib.domain.targets import Resolved, Target
from chalicelib.plugin.base import Attack, Circumstances, Planner, Plugin, undone_after
from chalicelib.plugin.schemas import DURATION, EC2_FILTERS, OTHER_ACCOUNT, REGION, TEXT, plugin_schema

__all__ = [
    "DURATION",
    "EC2_FILTERS",
    "OTHER_ACCOUNT",
    "REGION",
    "TEXT",
    "APIError",
    "Attack",
    "AttackFailed",
    "Circumstances",
    "Config",
    "InvalidRequest",
    "Planner",
    "Plugin",
    "Resolved",
    "Schema",
    "Spared",
    "Target",
    "closed",
    "plugin_schema",
    "undone_after",
]
