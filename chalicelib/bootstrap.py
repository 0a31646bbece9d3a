"""The composition root: the only module that knows both the engine and its adapters.

Everything is built at the first use and kept for as long as the function's process lives.
"""

import os
from datetime import UTC, datetime
from functools import cache
from random import SystemRandom
from typing import TYPE_CHECKING

from chalicelib import registry
from chalicelib.settings import Settings, from_environment

if TYPE_CHECKING:
    from chalicelib.engine import Engine
    from chalicelib.execution import Execution
    from chalicelib.sweep import Sweep


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


@cache
def settings() -> Settings:
    """The settings of this function's environment. Raises ``UnsafeSettings``."""
    return from_environment(os.environ)
