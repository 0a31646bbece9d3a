"""The arguments by which a plan names a cloud and its machines: their schemas, and what a schema cannot judge."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.fault import Fault, json_path, nearest
from chalicelib.domain.json_schema import Schema, closed
from chalicelib.domain.model import Config
from chalicelib.drivers.cloud.providers import OPTIONS, PROVIDERS
from chalicelib.plugin.schemas import TEXT

Filters = Mapping[str, str | Sequence[str]]


STATES = (
    *("running", "starting", "rebooting", "terminated", "pending", "unknown", "stopping", "stopped", "suspended"),
    *("error", "paused", "reconfiguring", "migrating", "normal", "updating"),
)
"""libcloud's names for what a node can be."""


_SERVICE_ACCOUNT = ".gserviceaccount.com"
"""For other users libcloud would ask the metadata of this machine for a token, or a person at a terminal."""


_SECRET: Schema = {"type": "string", "maxLength": 16384, "writeOnly": True}


DRIVER: Schema = {
    **closed(
        ["provider"],
        provider={**TEXT, "description": f"a compute provider of Apache Libcloud: {', '.join(PROVIDERS)}"},
        key=_SECRET,
        secret=_SECRET,
        region={"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$(?!\\n)"},
        host={
            "type": "string",
            "pattern": "^(?:[A-Za-z0-9][A-Za-z0-9.-]{0,252}|\\[[0-9A-Fa-f:.]{2,45}\\])$(?!\\n)",
            "description": "the API's host: a name, an IPv4 address, or an IPv6 address in brackets",
        },
        port={"type": "integer", "minimum": 1, "maximum": 65535},
        secure={"type": "boolean"},
        options={
            **closed(creds={"type": "string", "pattern": "^[0-9]{1,4}$(?!\\n)"}, **OPTIONS),
            "writeOnly": True,
            "description": "further arguments of the provider's driver, by name; they are not shown again",
        },
    ),
    "description": "the cloud to attack: Libcloud's name for it, and what its driver is made with",
}


def _one_or_several(value: Schema) -> Schema:
    return {"oneOf": [value, {"type": "array", "items": value, "minItems": 1, "maxItems": 200}]}


NODE_FILTERS: Schema = {
    **closed(
        name=_one_or_several({"type": "string", "minLength": 1, "maxLength": 255}),
        state=_one_or_several({"enum": [*STATES]}),
    ),
    "minProperties": 1,
    "description": "name: patterns such as web-*; state: running unless given. All must match",
}


def check(driver: Config) -> None:
    """Raise ``InvalidRequest`` for a provider, or an argument of its driver, that is not accepted."""
    provider, options = driver["provider"], driver.get("options", {})
    taken = PROVIDERS.get(provider)
    if taken is None:
        accepted = f"give one of {', '.join(PROVIDERS)}"
        raise InvalidRequest(
            Fault("$.driver.provider", "there is no such provider", accepted, nearest(provider, PROVIDERS))
        )
    for path, names in (("$.driver", driver), ("$.driver.options", options)):
        for name in sorted(names.keys() - taken - {"provider", "options"}):
            accepted = f"give one of {', '.join(sorted(taken))}"
            raise InvalidRequest(
                Fault(json_path([name], path), f"{provider} takes no {name}", accepted, nearest(name, taken))
            )
    if provider == "gce" and not str(options.get("user_id", "")).endswith(_SERVICE_ACCOUNT):
        accepted = f"give a service account, which ends with {_SERVICE_ACCOUNT}"
        raise InvalidRequest(Fault("$.driver.options.user_id", "it is no service account", accepted))
    _check_keys(driver)


def _check_keys(driver: Config) -> None:
    """Raise ``InvalidRequest`` for a key that libcloud would take for a file of this machine, or cannot send. A
    reference to one is judged once it is read."""
    texts: dict[tuple[str, ...], Any] = {("key",): driver.get("key"), ("secret",): driver.get("secret")}
    texts |= {("options", name): value for name, value in driver.get("options", {}).items()}
    for place, text in texts.items():
        if not isinstance(text, str):
            continue
        path = json_path(place, "$.driver")
        if driver["provider"] == "gce" and place == ("key",):
            if not text.lstrip().startswith(("-----BEGIN ", "{")):
                accepted = "give the key itself: PEM, or the JSON that Google gives"
                raise InvalidRequest(Fault(path, "it is no private key", accepted))
        elif any(ord(each) < 32 or ord(each) == 127 for each in text):
            raise InvalidRequest(Fault(path, "it holds a line break or a control character", "leave that out"))


def check_filters(filters: Filters) -> None:
    """Raise ``InvalidRequest`` unless these are filters of nodes, where a schema has accepted others too."""
    states = filters.get("state", ())
    unknown = next((name for name in filters if name not in ("name", "state")), None)
    if unknown is not None:
        path, problem = json_path(["filters", unknown]), "a driver's machines have no such filter"
        raise InvalidRequest(Fault(path, problem, "give name or state", nearest(unknown, ("name", "state"))))
    for state in [states] if isinstance(states, str) else states:
        if state not in STATES:
            accepted = f"give one of {', '.join(STATES)}"
            raise InvalidRequest(Fault("$.filters.state", "there is no such state", accepted, nearest(state, STATES)))
