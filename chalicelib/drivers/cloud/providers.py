"""List the compute providers of Apache Libcloud that a plan may name, and the arguments of their drivers.

A provider is listed once a test has run its constructor and ``list_nodes`` against a loopback server, under the guard
at the socket. Other arguments are refused: some drivers have arguments for files of this machine, unchecked hosts, or
proxies. This module does not import Libcloud, which takes a third of a second.
"""

from collections.abc import Mapping

from chalicelib.domain.json_schema import Schema

_WORD: Schema = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._ -]{0,254}$(?!\\n)"}
_SECRET: Schema = {"type": "string", "minLength": 1, "maxLength": 16384}
_URL: Schema = {
    "type": "string",
    "maxLength": 512,
    "pattern": "^https?://[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~-]+)*/?$(?!\\n)",
}
_PATH: Schema = {"type": "string", "maxLength": 512, "pattern": "^(?:/[A-Za-z0-9._~-]+)+$(?!\\n)"}

OPTIONS: Mapping[str, Schema] = {
    "datacenter": _WORD,
    "ex_consumer_key": _SECRET,
    "ex_domain_name": _WORD,
    "ex_force_auth_url": _URL,
    "ex_force_auth_version": {"type": "string", "enum": ["2.0_apikey", "2.0_password", "3.x_password", "3.x_appcred"]},
    "ex_force_base_url": _URL,
    "ex_force_service_name": _WORD,
    "ex_force_service_region": _WORD,
    "ex_force_service_type": _WORD,
    "ex_project_id": _WORD,
    "ex_tenant_domain_id": _WORD,
    "ex_tenant_name": _WORD,
    "password": _SECRET,
    "path": _PATH,
    "project": {"type": "string", "pattern": "^[a-z][a-z0-9.:_-]{0,127}$(?!\\n)"},
    "signature_version": {"type": "string", "enum": ["2", "4"]},
    "subscription_id": _WORD,
    "tenant_id": _WORD,
    "token": _SECRET,
    "user_id": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9.@_-]{0,254}$(?!\\n)"},
    "username": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9.@_-]{0,254}$(?!\\n)"},
}
"""All further arguments, by name: text that can be part of a host's name, a path or a header and no more of a URL."""

_KEYS = frozenset({"key", "secret"})
_ANYWHERE = frozenset({"host", "port", "secure"})
_OPENSTACK = frozenset(name for name in OPTIONS if name.startswith("ex_")) - {"ex_consumer_key", "ex_project_id"}

PROVIDERS: Mapping[str, frozenset[str]] = {
    "aliyun_ecs": _KEYS | _ANYWHERE | {"region"},
    "azure_arm": _KEYS | {"region", "subscription_id", "tenant_id"},
    "cloudscale": _ANYWHERE | {"key"},
    "cloudstack": _KEYS | _ANYWHERE | {"path"},
    "digitalocean": frozenset({"key"}),
    "dummy": frozenset({"creds"}),
    "ec2": _KEYS | _ANYWHERE | {"region", "signature_version", "token"},
    "exoscale": _KEYS | _ANYWHERE | {"path"},
    "gce": frozenset({"key", "datacenter", "project", "user_id"}),
    "gridscale": _ANYWHERE | {"key", "user_id"},
    "kamatera": _KEYS | _ANYWHERE,
    "linode": _ANYWHERE | {"key"},
    "openstack": _KEYS | _OPENSTACK,
    "ovh": _KEYS | {"ex_consumer_key", "ex_project_id", "region"},
    "scaleway": _KEYS | _ANYWHERE | {"region"},
    "upcloud": frozenset({"password", "username"}),
    "vultr": _ANYWHERE | {"key"},
}
"""The arguments that each provider's driver takes here, by its name."""
