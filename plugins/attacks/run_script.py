"""An attack that runs a script on a machine, through SSH."""

import json
import os
from typing import Any

from chalicelib import roles
from chalicelib.drivers import addresses, cloud, host_keys, private_key, scripts, ssh
from chalicelib.drivers.cloud import DRIVER, Cloud
from chalicelib.drivers.fleet import Fleet
from chalicelib.drivers.found import ChoosingAttack, Found
from chalicelib.drivers.tail import fitting
from chalicelib.errors import InvalidRequest
from chalicelib.model import Config
from chalicelib.outcome import LARGEST_OUTCOME
from chalicelib.plugin import AttackFailed
from chalicelib.schema import EC2_FILTERS, OTHER_ACCOUNT, REGION, Schema, closed, plugin_schema

LONGEST_RUN = 240
"""With all that comes before and after it (docs/adr/0008) below the attack function's 450 seconds."""
DEFAULT_RUN = 120

_LINE: Schema = {
    "type": "string",
    "maxLength": 1024,
    "pattern": "^[^\\u0000-\\u001f\\u007f]*$(?!\\n)",
    "description": "text without line breaks or control characters",
}


class RunScript(ChoosingAttack[Cloud | Fleet]):
    """Upload a script to one EC2 instance, chosen at random among the running ones that match all filters, and run it.

    With ``driver`` it is a machine of another cloud, and the filters are ``name`` (patterns) and ``state``.

    An exit status other than 0 is a failed attack. The file is removed afterwards, and a script that is still running
    after ``timeout`` seconds, or prints more than 8 MB, is stopped, with its process group. The attack function must
    reach the instance by SSH. IAM: ec2:DescribeInstances.
    """

    ref = "run_script:RunScript"
    schema = plugin_schema(
        ["filters", "local_script", "remote_script", "ssh"],
        filters=EC2_FILTERS,
        local_script={
            "type": "string",
            "minLength": 1,
            "maxLength": 255,
            "description": "a path below plugins/scripts, e.g. s_burncpu.sh",
        },
        remote_script={
            "type": "string",
            "minLength": 1,
            "maxLength": 1024,
            "description": "where the script is put on the machine, e.g. /tmp/burn_cpu; no file may be there",
        },
        arguments={"type": "array", "maxItems": 32, "items": _LINE, "description": "what the script is called with"},
        env={
            "type": "object",
            "maxProperties": 32,
            "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$(?!\\n)", "maxLength": 128},
            "additionalProperties": _LINE,
            "description": "environment variables of the script; not for secrets: other users there can read them",
        },
        ssh=closed(
            ["user", "pem"],
            user={"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^-\\s][^\\s]*$(?!\\n)"},
            pem={
                "type": "string",
                "minLength": 1,
                "maxLength": 32768,
                "writeOnly": True,
                "description": "the base64 of an unencrypted private key: RSA, ECDSA or Ed25519, PEM or OpenSSH",
            },
        ),
        host_keys={
            "type": "array",
            "minItems": 1,
            "maxItems": 64,
            "items": {"type": "string", "maxLength": 16384},
            "description": "the machines' host keys: fingerprints (SHA256:...), public keys or known_hosts lines,"
            " @cert-authority among them; a stage with SSH_HOST_KEYS=accept-new needs none",
        },
        region=REGION,
        **OTHER_ACCOUNT,
        driver=DRIVER,
        address={
            "enum": [*addresses.KINDS],
            "default": "auto",
            "description": "which of the machine's addresses to connect to; auto is the public one, else the private",
        },
        port={"type": "integer", "minimum": 1, "maximum": 65535, "default": 22},
        timeout={
            "type": "integer",
            "minimum": 1,
            "maximum": LONGEST_RUN,
            "default": DEFAULT_RUN,
            "description": "seconds the script may run",
        },
    )
    example = {
        "ref": ref,
        "args": {
            "filters": {"tag:Chaos": "true"},
            "local_script": "s_burncpu.sh",
            "remote_script": "/tmp/burn_cpu",  # noqa: S108 - the original's example: a place on the attacked machine
            "ssh": {"user": "ec2-user", "pem": "BASE64ENCODEDPEM"},
            "region": "eu-west-1",
        },
    }
    iam_actions = ("ec2:DescribeInstances",)

    @classmethod
    def check(cls, args: Config) -> None:
        """Raises ``InvalidRequest`` for a script that is not there, a place it cannot have, a key that is none,
        host keys that are missing or cannot be read, and a role that the stage does not allow."""
        if "driver" in args:
            for name in ("region", "role_arn", "external_id"):
                if name in args:
                    raise InvalidRequest(f"{name} and driver exclude each other: the driver has its own place and keys")
            cloud.check(args["driver"])
            cloud.check_filters(args["filters"])
        roles.require_allowed(args, os.environ)
        scripts.find(args["local_script"])
        _check_remote(args["remote_script"])
        if isinstance(args["ssh"]["pem"], str):  # a reference to one is read when it attacks
            private_key.load(args["ssh"]["pem"])
        host_keys.of_plan(args.get("host_keys"), os.environ)

    def run(self) -> dict[str, Any]:
        """The Region or provider, how many candidates there were, which was chosen and at which address, the
        fingerprint of its host key, the script's exit status and seconds, and the end of its output.

        Raises ``AttackFailed`` where nothing matches, and for every way in which the script did not end with status 0.
        """
        found = self.found()
        (node,) = found.choose(self.rng, 1, what="instance", done="run")
        known: dict[str, Any] = {**found.record(), "instance_id": str(node.id)}
        try:
            known |= {"address": addresses.of(node, self.attack_config.get("address", "auto"))}
            found.place.require_unspared(node)
            return _bounded({**known, **ssh.run(self._script(), on=self._machine(node, known["address"]))})
        except AttackFailed as failure:
            raise failure.with_outcome(**_bounded({**known, **failure.outcome})) from failure

    def find(self) -> Found[Cloud | Fleet]:
        """The machines to choose from: a Region's instances, or another cloud's."""
        filters = self.attack_config["filters"]
        if "driver" in self.attack_config:
            return Cloud.of(self.attack_config["driver"]).find(filters)
        role, external_id = self.attack_config.get("role_arn"), self.attack_config.get("external_id")
        return Fleet.of(self.attack_config.get("region"), role_arn=role, external_id=external_id).find(filters)

    def _script(self) -> ssh.Script:
        return ssh.Script(
            content=scripts.find(self.attack_config["local_script"]).read_bytes(),
            path=self.attack_config["remote_script"],
            seconds=self.attack_config.get("timeout", DEFAULT_RUN),
            arguments=self.attack_config.get("arguments", ()),
            environment=self.attack_config.get("env", {}),
        )

    def _machine(self, node: Any, address: str) -> ssh.Machine:
        names = [
            node.id,
            *node.public_ips,
            *node.private_ips,
            node.extra.get("dns_name"),
            node.extra.get("private_dns"),
        ]
        return ssh.Machine(
            address=address,
            port=self.attack_config.get("port", 22),
            user=self.attack_config["ssh"]["user"],
            key=self.attack_config["ssh"]["pem"],
            trust=host_keys.of_plan(self.attack_config.get("host_keys"), os.environ),
            names=[str(name) for name in names if name and name != address],
        )


def _bounded(outcome: dict[str, Any]) -> dict[str, Any]:
    """The outcome with as much of the output's end as goes on record."""
    if "output" not in outcome:
        return outcome
    room = LARGEST_OUTCOME - len(json.dumps({**outcome, "output": ""})) + 2
    return {**outcome, "output": fitting(outcome["output"], room)}


def _check_remote(path: str) -> None:
    parts = path.split("/")
    if not path.isprintable() or path.startswith(("-", "~")) or parts[-1] in ("", ".") or ".." in parts:
        raise InvalidRequest(
            "remote_script is not the path of a file:"
            " give one such as /tmp/burn_cpu, without '..', line breaks or a leading dash or tilde"
        )
