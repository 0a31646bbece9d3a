"""Refuse an answer whose end is missing, or that is not of the operation's shape.

botocore does not compare the length of an answer with the one announced. It takes a body that is not JSON for an empty
answer of success, and its parser fails at JSON of another shape with an error that no caller expects. (For DynamoDB it
would notice by a checksum, in the retries that are switched off here.) So answers are looked at before they are parsed.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, IncompleteReadError

_JSON = ("json", "rest-json")
_ERROR_CODES = ("__type", "code", "Code")
_LEVELS = 3
"""As deep as a list of entries, or of a table's rows. To look into each attribute of a thousand rows as well would take
as long as to parse them."""


class UnreadableAnswer(BotoCoreError):  # type: ignore[misc]  # botocore has no types
    """An answer that is not what the operation answers, whatever it is: a page of HTML, nothing, another shape."""

    fmt = "The answer cannot be read: {why}."


def refuse_unreadable_answers(client: Any) -> None:
    """Have the client's calls raise an error for an answer that they cannot rely on.

    ``IncompleteReadError``: it is shorter than it says. ``UnreadableAnswer``: its JSON is not of the operation's shape.
    """
    client.meta.events.register("before-parse.*.*", _look)


def require_field(name: str, request: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap the request so that it raises ``UnreadableAnswer`` where its answer lacks what AWS always says."""

    def answer(**options: Any) -> Any:
        said = request(**options)
        if said.get(name) is None:
            raise UnreadableAnswer(why=f"it says no {name}")
        return said

    return answer


def _look(operation_model: Any, response_dict: Mapping[str, Any], **_: Any) -> None:
    body = response_dict["body"]
    if not isinstance(body, bytes):
        return  # one that is read later
    announced = response_dict["headers"].get("content-length")
    if announced is not None and len(body) < int(announced):
        raise IncompleteReadError(actual_bytes=len(body), expected_bytes=int(announced))
    if operation_model.service_model.resolved_protocol in _JSON:
        why = (_wrong_error if response_dict["status_code"] >= 300 else _wrong_success)(body, operation_model)
        if why:
            raise UnreadableAnswer(why=why)


def _wrong_success(body: bytes, operation_model: Any) -> str | None:
    shape = operation_model.output_shape
    if shape is None or not shape.members or shape.serialization.get("payload"):
        return None  # nothing is said in it, or it is not ours to read
    try:
        said = json.loads(body.decode())
    except ValueError:
        return "it is not JSON"
    return None if isinstance(said, dict) and _fits(said, shape) else f"it is not of the shape {shape.name}"


def _wrong_error(body: bytes, _: Any) -> str | None:
    """Return what is wrong with an error's body, None for nothing. One that is not JSON is fine: its status says what
    failed."""
    try:
        said = json.loads(body.decode())
    except UnicodeDecodeError:
        return "it is not a text"
    except ValueError:
        return None
    if not isinstance(said, dict):
        return "it is not an object"
    codes = (said.get(name) for name in _ERROR_CODES)
    return None if all(code is None or isinstance(code, str) for code in codes) else "its code is not a text"


def _fits(value: Any, shape: Any, levels: int = _LEVELS) -> bool:
    """Return whether it has the structure that botocore will look for; a null stands for what is not there."""
    if value is None or not levels:
        return True
    if shape.type_name == "structure":
        if shape.is_document_type:
            return True
        members = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        return isinstance(value, dict) and all(
            _fits(each, members[name], levels - 1) for name, each in value.items() if name in members
        )
    if shape.type_name == "list":
        member = shape.member
        return isinstance(value, list) and all(_fits(each, member, levels - 1) for each in value)
    if shape.type_name == "map":
        member = shape.value
        return isinstance(value, dict) and all(_fits(each, member, levels - 1) for each in value.values())
    return True
