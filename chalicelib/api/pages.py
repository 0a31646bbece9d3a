"""A page of a list as a document, cut where it would grow past what a Lambda may answer (6 MB; we stop at 4)."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from chalice.app import Response

from chalicelib.api.hal import Links
from chalicelib.api.http import LARGEST_ANSWER, answer
from chalicelib.api.query import PageQuery, cursor
from chalicelib.control import Act
from chalicelib.model import Executor, Page, Plan

T = TypeVar("T", Plan, Executor, Act)


def page_answer(
    name: str, page: Page[T], query: PageQuery, links: Links, represent: Callable[[T], Mapping[str, Any]]
) -> Response:
    """``{name: [...], "_links": {"self", "next"?}}``. At least one item is shown, however large it is."""
    shown: list[Mapping[str, Any]] = []
    size, position = 0, page.next_position
    for number, item in enumerate(page.items):
        document = represent(item)
        size += len(json.dumps(document))
        if shown and size > LARGEST_ANSWER:
            position = page.items[number - 1].position
            break
        shown.append(document)
    following = {"next": links.next(cursor(position, query.list_key))} if position else {}
    return answer({name: shown, "_links": {"self": links.self(), **following}})
