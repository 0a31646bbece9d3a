"""Secrets that Systems Manager or Secrets Manager keeps: ``ports.SecretReader``."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.adapters.aws.response_validation import require_field
from chalicelib.adapters.aws.retry import Backoff
from chalicelib.domain.errors import SecretUnreadable
from chalicelib.domain.secret_reference import Reference
from chalicelib.domain.unavailable import Unavailable


class AwsSecrets:
    """The secrets of Systems Manager and Secrets Manager.

    ``connect`` makes the client of a service, in the Region of that name or in the function's own (None).
    """

    def __init__(self, connect: Callable[[str, str | None], Any], *, backoff: Backoff | None = None) -> None:
        self._connect = connect
        self._backoff = backoff or Backoff(tries=6, tries_unanswered=2)

    def read(self, reference: Reference) -> str:
        try:
            return self._parameter(reference.name) if reference.kind == "ssm" else self._secret(reference.name)
        except Unavailable as error:
            if isinstance(error.__cause__, ClientError):
                code = error.__cause__.response["Error"].get("Code")
                if not error.throttled and code:
                    raise SecretUnreadable(f"the secret {reference.name} cannot be read: {code}") from error
            raise

    def _parameter(self, name: str) -> str:
        read = require_field("Parameter", self._connect("ssm", None).get_parameter)
        parameter = self._backoff.call("reading a parameter", read, Name=name, WithDecryption=True)["Parameter"]
        if "Value" not in parameter:
            raise SecretUnreadable(f"the secret {name} is not a text")
        return str(parameter["Value"])

    def _secret(self, arn: str) -> str:
        read = self._connect("secretsmanager", arn.split(":")[3]).get_secret_value
        answer = self._backoff.call("reading a secret", read, SecretId=arn)
        if "SecretString" not in answer:
            raise SecretUnreadable(f"the secret {arn} is not a text")
        return str(answer["SecretString"])
