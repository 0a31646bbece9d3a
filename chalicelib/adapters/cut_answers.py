"""An answer whose end is missing is no answer.

botocore does not compare what came with the length that was announced: half a body is not JSON, and passes as an empty
answer of success. (For DynamoDB it would notice by a checksum, in the retries that are switched off here.)
"""

from typing import Any

from botocore.exceptions import IncompleteReadError


def refuse_cut_answers(client: Any) -> None:
    """From now on the client's calls raise ``IncompleteReadError`` for an answer shorter than it says it is."""
    client.meta.events.register("response-received.*.*", _measure)


def _measure(response_dict: dict[str, Any] | None, **_: Any) -> None:
    if response_dict is None or not isinstance(response_dict["body"], bytes):
        return  # no answer at all, or one that is read later
    announced, came = response_dict["headers"].get("content-length"), len(response_dict["body"])
    if announced is not None and came < int(announced):
        raise IncompleteReadError(actual_bytes=came, expected_bytes=int(announced))
