"""A page of a list as a document, cut where it would grow past what a Lambda may answer (6 MB; we stop at 4)."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from chalice.app import Response

from chalicelib.api.answer_size import AnswerSize
from chalicelib.api.hal import Links
from chalicelib.api.http import answer
from chalicelib.api.query import PageQuery, cursor
from chalicelib.api.representation import broken_rows
from chalicelib.domain.engine_state import AuditEntry
from chalicelib.domain.model import Executor, Plan
from chalicelib.domain.page import Page

T = TypeVar("T", Plan, Executor, AuditEntry)


def page_answer(
    name: str, page: Page[T], query: PageQuery, links: Links, represent: Callable[[T], Mapping[str, Any]]
) -> Response:
    """Return ``{name: [...], "broken"?: [...], "_links": {"self", "next"?}}``.

    At least one item is shown, however large it is.
    """
    shown: list[Mapping[str, Any]] = []
    size, position, broken = AnswerSize(), page.next_position, page.broken
    size.add({"broken": broken_rows(broken)})
    for number, item in enumerate(page.items):
        document = represent(item)
        size.add(document)
        if shown and size.is_too_large:
            position, broken = page.items[number - 1].position, ()  # the next page lists them
            break
        shown.append(document)
    following = {"next": links.next(cursor(position, query.list_key))} if position else {}
    unreadable = {"broken": broken_rows(broken)} if broken else {}
    return answer({name: shown, **unreadable, "_links": {"self": links.self(), **following}})
