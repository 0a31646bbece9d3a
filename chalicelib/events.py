"""The log: one JSON object a line on standard output, which Lambda hands to CloudWatch Logs."""

import json
import sys
from typing import Any


def emit(event: str, **fields: Any) -> None:
    """Write one event. Fields that are None are left out; nothing secret may be among them."""
    known = {name: value for name, value in fields.items() if value is not None}
    print(json.dumps({"event": event, **known}, default=str), file=sys.stdout, flush=True)
