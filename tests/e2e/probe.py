"""AWS calls with a role's own credentials: its trust lets nothing but a function in, so one that has the role is
deployed, and makes them."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

AT_A_TIME = 40
"""Calls of one invocation, which is to be answered before boto3's client gives up on it (60 s)."""
DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}
"""In each service's own words."""
_PROGRAM = """
import boto3
from botocore.exceptions import ClientError

clients = {}

def handler(calls, context):
    return [made(**call) for call in calls]

def made(service, call, arguments):
    if service not in clients:
        clients[service] = boto3.client(service)
    try:
        getattr(clients[service], call)(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "done"
"""

Call = Mapping[str, Any]
"""``service``, ``call`` (a method of boto3's client) and its ``arguments``."""


class AskAll(Protocol):
    """Makes calls as that function (``""``, ``-attack``, ...) would, one after the other: ``done`` or the error's code
    of each."""

    def __call__(self, function: str, calls: Sequence[Call]) -> list[str]: ...


@contextmanager
def probing(functions: Any) -> Iterator[AskAll]:
    """``functions`` is a Lambda client of the root user. What is deployed is gone afterwards."""
    made: dict[str, str] = {}

    def ask_all(function: str, calls: Sequence[Call]) -> list[str]:
        if function not in made:
            made[function] = f"chaosmonkey-local{function}-probe"
            real = functions.get_function_configuration(FunctionName=f"chaosmonkey-local{function}")
            functions.create_function(
                FunctionName=made[function],
                Role=real["Role"],
                Runtime=real["Runtime"],
                Layers=[layer["Arn"] for layer in real["Layers"]],
                Handler="probe.handler",
                Timeout=60,
                Code={"ZipFile": _archive("probe.py", _PROGRAM)},
            )
        said: list[str] = []
        for begin in range(0, len(calls), AT_A_TIME):
            payload = json.dumps([*calls[begin : begin + AT_A_TIME]]).encode()
            answer = functions.invoke(FunctionName=made[function], Payload=payload)
            answers = json.loads(answer["Payload"].read())
            assert "FunctionError" not in answer, answers
            said += answers
        return said

    yield ask_all
    for name in made.values():
        functions.delete_function(FunctionName=name)


def _archive(name: str, content: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, content)
    return buffer.getvalue()
