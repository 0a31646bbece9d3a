"""Python loads this in every process whose PYTHONPATH holds this folder: each call to AWS becomes a line of a file."""

import os
from typing import Any

from botocore import handlers


def note(model: Any, params: dict[str, Any], **context: Any) -> None:
    """``service:Operation`` and what it is about, appended in one write: more than one process may do so at once."""
    body = params.get("body")
    named = body if isinstance(body, dict) else {}
    about = next((str(named[key]) for key in ("StackName", "RoleName") if key in named), "")
    with open(os.environ["AWS_CALLS"], "a") as calls:
        calls.write(f"{model.service_model.service_name}:{model.name} {about}".strip() + "\n")


# What botocore registers with every session that is made.
handlers.BUILTIN_HANDLERS.append(("before-call", note))
