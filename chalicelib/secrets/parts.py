"""Find the parts of a text that are secret by their form, whatever the text's name.

These are the user in a URL and the values of its query, a private key, and the credentials of ``Authorization``. So is
a value assigned to a secret's name (``--password=...``). Every search is linear in the text.
"""

import re
from collections.abc import Iterator

from chalicelib.secrets.names import is_secret_name

MASK = "********"

_PART = re.compile(
    r"""[a-z0-9+.-]://(?P<url>[^\s"<>]*)"""
    r"""|(?<![\w.-])-{0,2}(?P<name>[a-z_][\w.-]{0,63})["']?\s{0,8}(?:=|>|:(?!//))\s{0,8}["']?(?=[^\s"'])"""
    r"""|(?P<credentials>(?<![\w-])(?:Basic|Bearer)\s{1,8}(?=\S{8}))"""
    r"""|(?P<key>-----BEGIN\ (?:[A-Z0-9]{1,16}\ ){0,3}PRIVATE\ KEY(?:\ BLOCK)?-----)""",
    re.IGNORECASE,
)
_USER = re.compile(r"(?:^|(?<=://))[^\s/?#]+(?=@)")
_PARAMETER = re.compile(r"[?&;#]([^=&;#\s]*=)?([^&;#\s]*)")


def mask_secret_parts(text: str) -> str:
    """Return the text with each secret part masked: the same text where there is none."""
    if not _PART.search(text):  # most texts: a plan may hold thousands
        return text
    shown, end = [], 0
    for start, stop in _spans(text):
        shown += [text[end:start], MASK]
        end = stop
    return "".join(shown) + text[end:]


def secret_parts(text: str) -> list[str]:
    """Return the parts of a text that are secret by their form; of a user with a password also the password alone."""
    found = [text[start:stop] for start, stop in _spans(text)]
    return [*found, *(each.partition(":")[2] for each in found if ":" in each)]


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the secret parts of a text begin and end, in their order.

    After a secret's name all the rest of the text is secret, because nobody knows where the value ends.
    """
    for found in _PART.finditer(text):
        if found["url"] is not None:
            yield from _spans_of_url(found["url"], found.start("url"))
        elif found["name"] is None or is_secret_name(found["name"]):
            if text[found.end() :] not in ("", MASK):
                yield found.end(), len(text)
            return


def _spans_of_url(url: str, offset: int) -> Iterator[tuple[int, int]]:
    """Yield the span of the user of each URL in this one, then those of the values in its query and fragment."""
    query = re.search(r"[?#]", url)
    place = url[: query.start()] if query else url
    for user in _USER.finditer(place):
        yield offset + user.start(), offset + user.end()
    for each in _PARAMETER.finditer(url, len(place)):
        if each[2] and (each[1] or each[0][0] != "#"):  # a fragment without a name is a place in a page
            yield offset + each.start(2), offset + each.end(2)
