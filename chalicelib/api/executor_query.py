"""Parse the query of ``GET executors/``: a page and a filter (docs/reference/api.md)."""

from datetime import datetime, tzinfo

from chalice.app import MultiDict, Request

from chalicelib.api.query import PageQuery, page_query
from chalicelib.domain.dates import parse
from chalicelib.domain.errors import InvalidRequest, NotFound
from chalicelib.domain.executor_filter import STATUSES, ExecutorFilter
from chalicelib.domain.ids import is_plan_id
from chalicelib.domain.model import Status

_NAMES = ("status", "plan", "since", "until")


def executor_query(request: Request, zone: tzinfo) -> tuple[PageQuery, ExecutorFilter]:
    """Return the page and the filter; dates without an offset are local ones in ``zone``.

    Raises ``InvalidRequest`` as ``page_query`` does, for a filter that is malformed or given twice, and for a
    combination that no index serves.
    """
    given = request.query_params or MultiDict(None)
    filters = {name: _once(name, given) for name in _NAMES if name in given}
    only = ExecutorFilter(
        status=_status(filters["status"]) if "status" in filters else None,
        plan_id=_plan(filters["plan"]) if "plan" in filters else None,
        since=_date("since", filters["since"], zone) if "since" in filters else None,
        until=_date("until", filters["until"], zone) if "until" in filters else None,
    )
    query = page_query(request, "executors", flag="executed", filters=_key(only))
    if only.status and only.status.executed and not query.everything:
        raise InvalidRequest(
            f"status={only.status} is of executors that have ended, and these are not listed: add executed=true"
        )
    return query, only


def _once(name: str, given: MultiDict) -> str:
    values = given.getlist(name)
    if len(values) > 1:
        raise InvalidRequest(f"the parameter {name} is given more than once: give it once")
    return str(values[0])


def _status(text: str) -> Status:
    if text not in STATUSES:
        raise InvalidRequest(f"the parameter status names no status: give one of {', '.join(STATUSES)}")
    return Status(text)


def _plan(text: str) -> str:
    """Return a plan's id. The refusal of a text of another form does not repeat it, since it may be anything."""
    if not is_plan_id(text):
        raise NotFound("plan not found: the parameter plan is not the id of one")
    return text


def _date(name: str, text: str, zone: tzinfo) -> datetime:
    try:
        return parse(text, zone)
    except InvalidRequest as error:
        raise InvalidRequest(
            f"the parameter {name} cannot be read ({error}): give a date such as 2027-06-21, 2027-06-21T15:30:00 or "
            "2027-06-21T15:30:00%2B02:00, where %2B is how a URL writes a +"
        ) from None


def _key(only: ExecutorFilter) -> str:
    """Return the same text for filters that mean the same, however they are written; empty for no filter."""
    values = zip(_NAMES, (only.status, only.plan_id, only.from_position, only.to_position), strict=True)
    return "".join(f"&{name}={value}" for name, value in values if value is not None)
