"""Tags that protect a machine, or that it must bear, as an operator writes them: ``key=value,other-key``.

A key without a value means any value. Keys and values are compared as they are, capitals included.
"""

from collections.abc import Mapping
from dataclasses import dataclass

PROTECTED_BY_DEFAULT = "chaos:protected=true"


@dataclass(frozen=True, slots=True)
class Tag:
    """A key and its value, None for any."""

    key: str
    value: str | None

    def on(self, tags: Mapping[str, str]) -> bool:
        return self.key in tags and self.value in (None, tags[self.key])

    def __str__(self) -> str:
        return self.key if self.value is None else f"{self.key}={self.value}"


def parse(text: str) -> tuple[Tag, ...]:
    """The tags in a setting. Raises ``ValueError`` that says what is wrong with it."""
    tags = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        key, equals, value = part.partition("=")
        if not key.strip():
            raise ValueError(f"{part!r} has no key: write key=value, or a key alone for any value")
        tags.append(Tag(key.strip(), value.strip() if equals else None))
    return tuple(tags)


def why_spared(tags: Mapping[str, str], environment: Mapping[str, str]) -> str | None:
    """Why a machine with these tags is never attacked, in words; None where it may be.

    PROTECTED_TAGS (default ``chaos:protected=true``): one of them is enough to be spared. REQUIRED_TAGS (default none):
    a machine that lacks one of them is.
    """
    for tag in parse(environment.get("PROTECTED_TAGS", PROTECTED_BY_DEFAULT)):
        if tag.on(tags):
            return f"it bears the tag {tag}, which protects it"
    for tag in parse(environment.get("REQUIRED_TAGS", "")):
        if not tag.on(tags):
            return f"it lacks the tag {tag}, without which nothing is attacked"
    return None
