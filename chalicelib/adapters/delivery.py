"""What the attack function is handed, whichever way: which executor, and which appointment of it."""

import json

from chalicelib.model import Executor


def payload(executor: Executor) -> str:
    """``{"executor_id", "due"}``: after a move, a late delivery of the old date no longer matches."""
    return json.dumps({"executor_id": executor.id, "due": f"{executor.due:%Y-%m-%dT%H:%M:%SZ}"})
