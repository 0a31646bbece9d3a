"""Attack an HTTP endpoint with one request."""

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from chalicelib.domain.fault import Fault, json_path
from chalicelib.plugin import Attack, AttackFailed, Config, InvalidRequest, Resolved, Schema, Target, plugin_schema

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
DEFAULT_TIMEOUT = 10

_HEADER: Schema = {
    "type": "string",
    "maxLength": 4096,
    "pattern": "^([\\u0021-\\u007e\\u00a1-\\u00ff]([\\u0020-\\u007e\\u00a0-\\u00ff]*))?$(?!\\n)",
    "description": "a header's value: characters of Latin-1 (ISO 8859-1), no control characters, no space before them",
}
_NAME: Schema = {
    "pattern": "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$(?!\\n)",
    "maxLength": 128,
    "description": "a header's name: letters, digits and !#$%&'*+-.^_`|~ (RFC 9110, token)",
}
_FRAMING = ("content-length", "transfer-encoding")
HEADERS: Schema = {
    "type": "object",
    "maxProperties": 50,
    "propertyNames": _NAME,
    "additionalProperties": _HEADER,
    "description": "the engine keeps all of them secret but harmless ones such as Accept",
}


class ApiRequest(Attack):
    """Make one HTTP request to any endpoint; a status of 400 or more, or 101, is a failed attack.

    The payload is sent form-encoded, or as JSON where a Content-Type header names JSON. Redirects are not followed, and
    other interim responses (1xx) are skipped. The local stage reaches only loopback addresses. Other stages never reach
    loopback or metadata addresses, and private ones only where PRIVATE_ADDRESSES is ``allow``. IAM: none.
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
        """Raise ``InvalidRequest`` for an endpoint that is no URL or holds a user or a password, and for headers that
        cannot be sent together."""
        _address(args["endpoint"])
        _check_headers(args.get("headers", {}))

    def resolve(self) -> Resolved:
        """Return the endpoint's host as the only candidate."""
        return Resolved(candidates=(Target(_address(self.attack_config["endpoint"]).hostname or ""),))

    @property
    def takes(self) -> int:
        """Return 1: there is one endpoint."""
        return 1

    def run(self) -> dict[str, Any]:
        """Send the request, and return its method, its endpoint without the query, the status, and the seconds it took.

        Raises ``AttackFailed`` for a status of 400 or more, for no response in time, and for a forbidden destination.
        """
        from chalicelib.drivers import http

        method, address = str(self.attack_config["method"]).upper(), _address(self.attack_config["endpoint"])
        timeout = float(self.attack_config.get("timeout", DEFAULT_TIMEOUT))
        outcome: dict[str, Any] = {"method": method, "endpoint": f"{address.scheme}://{address.netloc}{address.path}"}
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
            raise AttackFailed(f"{address.netloc} did not answer within {timeout:g} seconds", **outcome) from None
        except http.Unreachable as error:
            raise AttackFailed(f"{address.netloc} could not be reached: {error}", **outcome) from None
        except http.AnswerBroken as error:
            what = "gave no answer that can be read" if error.status is None else f"broke off its answer {error.status}"
            raise AttackFailed(
                f"{address.netloc} {what} ({error}): the request was sent, and may have taken effect",
                **outcome,
                **({} if error.status is None else {"status": error.status}),
            ) from None
        outcome |= {"status": status, "seconds": round(time.monotonic() - begun, 3)}
        if status >= 400 or status == 101:
            raise AttackFailed(f"{address.netloc} answered with status {status}", **outcome)
        return outcome

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
    """Return the parts of an endpoint. Raises ``InvalidRequest`` unless a request could be sent there."""
    parts = _parts(endpoint)
    if parts is None or any(character.isspace() or not character.isprintable() for character in endpoint):
        raise InvalidRequest(Fault("$.endpoint", "it is not a URL", "give one such as http://localhost:4500/path"))
    if "@" in parts.netloc:
        accepted = "give them in the header Authorization, which is kept secret"
        raise InvalidRequest(Fault("$.endpoint", "it holds a user or a password", accepted))
    return parts


def _parts(endpoint: str) -> SplitResult | None:
    """Return the parts of a URL, None where its host cannot be looked up or where clients would read it differently."""
    from urllib3.exceptions import LocationParseError
    from urllib3.util import parse_url

    try:
        parts, sent = urlsplit(endpoint), parse_url(endpoint)
        host, named = (sent.host or "").strip("[]"), parts.hostname or ""
        host.encode("idna")  # as a DNS look-up does: raises for empty labels and for more than 63 characters
        valid = parts.port != 0 and parts.scheme in ("http", "https") and not host.startswith(("*", "."))
    except (ValueError, LocationParseError):
        return None
    return parts if valid and host and (host == named.lower() or not named.isascii()) else None


def _check_headers(headers: Mapping[str, Any]) -> None:
    names = [name.lower() for name in headers]
    for name in headers:
        path = json_path(["headers", name])
        if name.lower() in _FRAMING:
            raise InvalidRequest(Fault(path, "the engine sets it, by the payload", "leave it out"))
        if names.count(name.lower()) > 1:
            raise InvalidRequest(Fault(path, "the header is given twice, in another case", "give it once"))


def _field(value: Any) -> str:
    """Return the form value: a string unchanged, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)
