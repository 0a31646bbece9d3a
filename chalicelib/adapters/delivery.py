"""What the attack function is handed, whichever way: which executor, and which appointment of it."""

import json
from typing import Any

from chalicelib.carried import carried_by
from chalicelib.model import Executor, Plan


def payload(executor: Executor, *, early: bool = False, by: str | None = None) -> str:
    """``{"executor_id", "due"}``: after a move, a late delivery of the old date no longer matches. ``early`` adds
    ``"now": true``, for what a person runs before its time, and ``by`` who that is."""
    wanted = {**({"now": True} if early else {}), **({"by": by} if by else {})}
    return json.dumps({**_appointment(executor), **wanted})


def scheduled_payload(plan: Plan, executor: Executor) -> str:
    """The same as a schedule hands it over, with what it ``"carries"`` so that the claim need not read the table."""
    carried = carried_by(plan, executor)
    return json.dumps({**_appointment(executor), **({"carries": carried.document()} if carried else {})})


def _appointment(executor: Executor) -> dict[str, Any]:
    return {"executor_id": executor.id, "due": f"{executor.due:%Y-%m-%dT%H:%M:%SZ}"}
