"""An attack that is one HTTP request."""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from chalicelib.errors import InvalidRequest
from chalicelib.model import Config
from chalicelib.plugin import Attack, AttackFailed, Resolved, Target
from chalicelib.schema import Schema, plugin_schema

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
DEFAULT_TIMEOUT = 10

_HEADER: Schema = {"type": "string", "maxLength": 4096, "pattern": "^[^\\u0000-\\u001f\\u007f]*$(?!\\n)"}
_SECRET_HEADER: Schema = {**_HEADER, "writeOnly": True}
HEADERS: Schema = {
    "type": "object",
    "maxProperties": 50,
    "propertyNames": {"pattern": "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$(?!\\n)", "maxLength": 128},
    "properties": {"Authorization": _SECRET_HEADER, "authorization": _SECRET_HEADER},
    "additionalProperties": _HEADER,
}


class ApiRequest(Attack):
    """Make one HTTP request to any endpoint; an answer of 400 or more is a failed attack.

    The payload is form-encoded, or JSON where a Content-Type header says so. Redirects are not followed. In the local
    stage only loopback addresses are reached; elsewhere loopback and metadata addresses never, and private ones where
    the stage's PRIVATE_ADDRESSES is ``allow``. IAM: none.
    """

    ref = "api_request:ApiRequest"
    schema = plugin_schema(
        ["endpoint", "method"],
        endpoint={"type": "string", "maxLength": 2048, "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://", "description": "a URL"},
        method={"type": "string", "enum": [*METHODS, *(method.lower() for method in METHODS)]},
        payload={"type": "object"},
        headers=HEADERS,
        timeout={
            "type": "number",
            "exclusiveMinimum": 0,
            "maximum": 60,
            "default": DEFAULT_TIMEOUT,
            "description": "seconds until the answer must be there",
        },
    )
    example = {
        "ref": ref,
        "args": {
            "endpoint": "http://localhost:4500",
            "method": "GET",
            "payload": {"test": "1"},
            "headers": {"X-CUSTOM-HEADER": "test"},
        },
    }
    iam_actions = ()

    @classmethod
    def check(cls, args: Config) -> None:
        """Raises ``InvalidRequest`` for an endpoint that is no URL, or that holds a user or a password."""
        _address(args["endpoint"])

    def resolve(self) -> Resolved:
        """The endpoint's host: there is nothing to choose."""
        return Resolved(candidates=(Target(_address(self.attack_config["endpoint"]).hostname or ""),))

    @property
    def takes(self) -> int:
        """The one endpoint."""
        return 1

    def run(self) -> dict[str, Any]:
        """The method, the endpoint without its query, the status, and how many seconds it took.

        Raises ``AttackFailed`` for an answer of 400 or more, for none in time, and for a forbidden destination.
        """
        from chalicelib.drivers import http

        method, address = str(self.attack_config["method"]).upper(), _address(self.attack_config["endpoint"])
        timeout = float(self.attack_config.get("timeout", DEFAULT_TIMEOUT))
        known: dict[str, Any] = {"method": method, "endpoint": f"{address.scheme}://{address.netloc}{address.path}"}
        begun = time.monotonic()
        try:
            status = http.request(
                method,
                address.geturl(),
                headers=self.attack_config.get("headers", {}),
                body=self._body(),
                seconds=timeout,
            )
        except http.TooSlow:
            raise AttackFailed(f"{address.netloc} did not answer within {timeout:g} seconds", **known) from None
        except http.Unreachable as error:
            raise AttackFailed(f"{address.netloc} could not be reached: {error}", **known) from None
        known |= {"status": status, "seconds": round(time.monotonic() - begun, 3)}
        if status >= 400:
            raise AttackFailed(f"{address.netloc} answered with status {status}", **known)
        return known

    def _body(self) -> str | list[tuple[str, str]] | None:
        payload = self.attack_config.get("payload")
        if payload is None:
            return None
        headers: Mapping[str, str] = self.attack_config.get("headers", {})
        if any(name.lower() == "content-type" and "json" in value.lower() for name, value in headers.items()):
            return json.dumps(payload)
        return [
            (name, _field(value))
            for name, values in payload.items()
            for value in (values if isinstance(values, list) else [values])
        ]


def _address(endpoint: str) -> SplitResult:
    """The parts of an endpoint. Raises ``InvalidRequest``."""
    try:
        parts = urlsplit(endpoint)
        valid = bool(parts.hostname) and parts.port != 0 and parts.scheme in ("http", "https")
    except ValueError:
        valid = False
    if not valid or any(character.isspace() or not character.isprintable() for character in endpoint):
        raise InvalidRequest("the endpoint is not a URL: give one such as http://localhost:4500/path")
    if "@" in parts.netloc:
        raise InvalidRequest(
            "the endpoint holds a user or a password: give them in the header Authorization, which is kept secret"
        )
    return parts


def _field(value: Any) -> str:
    """A value as a form has it: text as it is, anything else as JSON writes it."""
    return value if isinstance(value, str) else json.dumps(value)
