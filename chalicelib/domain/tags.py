"""Parse and match the tags that protect a machine, or that it must bear, as an operator writes them.

The form is ``key=value,other-key``. A protecting tag is compared without case, key and value. A key alone protects
whatever its value, unless the value means no. A required tag is compared as it is written. Both rules lean towards not
attacking.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

PROTECTED_BY_DEFAULT = "chaos:protected"
_YES = ("true", "yes", "on", "1")
NO = ("false", "no", "off", "0")
"""Values by which a tag says the opposite of its key, in any case."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A key and its value, None for any but one that says no."""

    key: str
    value: str | None

    @property
    def means_its_key_alone(self) -> bool:
        """Return whether any value protects but one that says no."""
        return self.value is None or self.value.casefold() in _YES

    def is_on(self, tags: Mapping[str, str]) -> bool:
        """Return whether these tags hold it as it is written."""
        if self.key not in tags:
            return False
        return not _is_no(tags[self.key]) if self.value is None else tags[self.key] == self.value

    def protects(self, tags: Mapping[str, str]) -> bool:
        """Return whether these tags hold it in any case. ``key=true`` and its like are the key alone: an empty value,
        or any other word, protects too."""
        values = [value for key, value in tags.items() if _bare(key) == _bare(self.key)]
        if self.means_its_key_alone:
            return not all(map(_is_no, values))
        return str(self.value).casefold() in [value.strip().casefold() for value in values]

    def __str__(self) -> str:
        return self.key if self.value is None else f"{self.key}={self.value}"


def _bare(key: str) -> str:
    """Return a key as people see it: without case, width, spaces at its ends and letters that nobody sees."""
    plain = unicodedata.normalize("NFKC", key)
    return "".join(each for each in plain if unicodedata.category(each) != "Cf").strip().casefold()


def parse(text: str) -> tuple[Tag, ...]:
    """Return the tags in a setting. Raises ``ValueError`` with the reason."""
    tags = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        key, equals, value = part.partition("=")
        if not key.strip():
            raise ValueError(f"{part!r} has no key: write key=value, or a key alone for any value")
        tags.append(Tag(key.strip(), value.strip() if equals else None))
    return tuple(tags)


def _is_no(value: str) -> bool:
    return value.strip().casefold() in NO


def spared_because(tags: Mapping[str, str], environment: Mapping[str, str]) -> str | None:
    """Return in words why a machine with these tags is never attacked, None where it may be.

    A machine is spared if it bears one of PROTECTED_TAGS (default ``chaos:protected``), or lacks one of REQUIRED_TAGS
    (default none).
    """
    for tag in parse(environment.get("PROTECTED_TAGS", PROTECTED_BY_DEFAULT)):
        if tag.protects(tags):
            return f"it bears the tag {tag}, which protects it"
    for tag in parse(environment.get("REQUIRED_TAGS", "")):
        if not tag.is_on(tags):
            return f"it lacks the tag {tag}, without which nothing is attacked"
    return None
