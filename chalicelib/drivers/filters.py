"""Which EC2 filters the endpoint understands.

EC2 answers an unknown filter with an error. An emulator may ignore it, and every instance matches: so the stage's
setting EC2_FILTERS can name those it honours (shell patterns, with commas), and all others are refused.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from chalicelib.plugin import AttackFailed


def require_honoured(filters: Iterable[str], environment: Mapping[str, str]) -> None:
    """Raise ``AttackFailed`` for a filter that is not among EC2_FILTERS. Without that setting EC2 itself judges."""
    honoured = environment.get("EC2_FILTERS", "*").split(",")
    for name in filters:
        if not any(fnmatchcase(name, pattern) for pattern in honoured):
            raise AttackFailed(
                f"this stage's EC2 does not filter by {name}, so every instance would match: nothing was attacked; "
                f"it filters by {', '.join(honoured)}"
            )
