"""Render the input of the attack function: an executor's id and the date that this delivery is for."""

import json

from chalicelib.domain.model import Executor


def payload(executor: Executor, *, early: bool = False, by: str | None = None) -> str:
    """Return ``{"executor_id", "due"}``: after a move, a late delivery of the old date no longer matches. ``early``
    adds ``"now": true``, for what a person runs before its time, and ``by`` who that is."""
    wanted = {**({"now": True} if early else {}), **({"by": by} if by else {})}
    return json.dumps({"executor_id": executor.id, "due": f"{executor.due:%Y-%m-%dT%H:%M:%SZ}", **wanted})
