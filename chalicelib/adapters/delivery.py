"""What the attack function is handed, whichever way: which executor, and which appointment of it."""

import json

from chalicelib.model import Executor


def payload(executor: Executor, *, early: bool = False, by: str | None = None) -> str:
    """``{"executor_id", "due"}``: after a move, a late delivery of the old date no longer matches. ``early`` adds
    ``"now": true``, for what a person runs before its time, and ``by`` who that is."""
    appointment = {"executor_id": executor.id, "due": f"{executor.due:%Y-%m-%dT%H:%M:%SZ}"}
    wanted = {**({"now": True} if early else {}), **({"by": by} if by else {})}
    return json.dumps({**appointment, **wanted})
