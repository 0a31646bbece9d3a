"""Attack a machine by running a script on it over SSH."""

import json
import os
from typing import Any

from chalicelib.domain import role_allowlist
from chalicelib.domain.fault import Fault
from chalicelib.drivers.candidates import ChoosingAttack, Found
from chalicelib.drivers.cloud import plan_arguments
from chalicelib.drivers.cloud.nodes import Cloud
from chalicelib.drivers.cloud.plan_arguments import DRIVER
from chalicelib.drivers.ec2.filters import require_ec2_filters, require_value_limit
from chalicelib.drivers.ec2.fleet import Fleet
from chalicelib.drivers.ssh import addresses, host_keys, private_key, script_environment, scripts, session
from chalicelib.drivers.ssh.tail import fitting
from chalicelib.net import networks
from chalicelib.net.networks import NETWORKS
from chalicelib.plugin import (
    EC2_FILTERS,
    OTHER_ACCOUNT,
    REGION,
    AttackFailed,
    Config,
    InvalidRequest,
    Schema,
    closed,
    plugin_schema,
)
from chalicelib.plugin.outcome import LARGEST_OUTCOME

LONGEST_RUN = 240
"""Seconds. With everything before and after it (docs/adr/0008), a run stays below the attack function's 510 seconds."""
DEFAULT_RUN = 120

_LINE: Schema = {
    "type": "string",
    "maxLength": 1024,
    "pattern": "^[^\\u0000-\\u001f\\u007f]*$(?!\\n)",
    "description": "text without line breaks or control characters",
}


class RunScript(ChoosingAttack[Cloud | Fleet]):
    """Upload a script to one running EC2 instance, chosen at random among those that match all filters, and run it.

    With ``driver`` the target is a machine of another cloud, and the filters are ``name`` (patterns) and ``state``. The
    attack connects to an address that such a cloud reports only if it is in the plan's ``networks``.

    An exit status other than 0 is a failed attack. The attack removes the file afterwards. It stops a script, with its
    process group, after ``timeout`` seconds or 8 MB of output. The attack function must be able to reach the instance
    over SSH. IAM: ec2:DescribeInstances.
    """

    ref = "run_script:RunScript"
    schema = plugin_schema(
        ["filters", "local_script", "remote_script", "ssh"],
        filters={
            **EC2_FILTERS,
            "propertyNames": {"minLength": 1, "maxLength": 255},
            "description": f"{EC2_FILTERS['description']}; with driver name and state",
        },
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
            "additionalProperties": {**_LINE, "writeOnly": True},
            "description": "variables for the script, but none that choose what runs, such as PATH or LD_PRELOAD; the"
            " engine keeps them secret, but other users of the machine may be able to read them",
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
        networks=NETWORKS,
        address={
            "enum": [*addresses.KINDS],
            "default": "auto",
            "description": "which of its addresses is used; auto takes IPv4 before IPv6, then public before private",
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
        """Raise ``InvalidRequest`` for args that the schema cannot judge.

        It refuses a script that does not exist or lacks a file that it runs, a forbidden path or variable, and a text
        that is no private key. It also refuses missing or unreadable host keys, and a role that the stage does not
        allow.
        """
        if "driver" in args:
            for name in ("region", "role_arn", "external_id"):
                if name in args:
                    accepted = "leave it out, the driver has its own place and keys"
                    raise InvalidRequest(Fault(f"$.{name}", f"{name} and driver exclude each other", accepted))
            plan_arguments.check(args["driver"])
            plan_arguments.check_filters(args["filters"])
            if "networks" not in args:
                accepted = "with a driver, list the networks of its machines, such as 203.0.113.0/24"
                raise InvalidRequest(Fault("$.networks", "it is missing", accepted))
        else:
            require_ec2_filters(args["filters"])
        networks.of_plan(args.get("networks"))
        require_value_limit(args["filters"], "filters")
        role_allowlist.require_allowed(args, os.environ)
        scripts.load(args["local_script"])
        _check_remote(args["remote_script"])
        for name, value in args.get("env", {}).items():
            if fault := script_environment.fault(name, value):
                raise InvalidRequest(fault)
        if isinstance(args["ssh"]["pem"], str):  # the attack function reads a reference when it attacks
            private_key.load(args["ssh"]["pem"])
        host_keys.of_plan(args.get("host_keys"), os.environ)

    def run(self) -> dict[str, Any]:
        """Run the script, and return the record of the run.

        It holds the Region or provider, the number of candidates, the chosen machine, its address and the fingerprint
        of its host key. It also holds the script's exit status, its seconds, and the end of its output. Raises
        ``AttackFailed`` where nothing matches, and wherever the script did not end with status 0.
        """
        found = self.found()
        (node,) = found.choose(self.rng, 1, what="instance", done="run")
        target: dict[str, Any] = {**found.record(), "instance_id": str(node.id)}
        try:
            target |= {"address": addresses.of(node, self.attack_config.get("address", "auto"))}
            found.place.require_unspared(node)
            return _bounded({**target, **session.run(self._script(), on=self._machine(node, target["address"]))})
        except AttackFailed as failure:
            raise failure.with_outcome(**_bounded({**target, **failure.outcome})) from failure

    def find(self) -> Found[Cloud | Fleet]:
        """Return the machines to choose from: a Region's instances, or those of another cloud."""
        filters = self.attack_config["filters"]
        if "driver" in self.attack_config:
            return Cloud.of(self.attack_config["driver"]).find(filters)
        role, external_id = self.attack_config.get("role_arn"), self.attack_config.get("external_id")
        return Fleet.of(self.attack_config.get("region"), role_arn=role, external_id=external_id).find(filters)

    def _script(self) -> session.Script:
        return session.Script(
            content=scripts.load(self.attack_config["local_script"]),
            path=self.attack_config["remote_script"],
            seconds=self.attack_config.get("timeout", DEFAULT_RUN),
            arguments=self.attack_config.get("arguments", ()),
            environment=self.attack_config.get("env", {}),
        )

    def _machine(self, node: Any, address: str) -> session.Machine:
        names = [
            node.id,
            *node.public_ips,
            *node.private_ips,
            node.extra.get("dns_name"),
            node.extra.get("private_dns"),
        ]
        return session.Machine(
            address=address,
            port=self.attack_config.get("port", 22),
            user=self.attack_config["ssh"]["user"],
            key=self.attack_config["ssh"]["pem"],
            trust=host_keys.of_plan(self.attack_config.get("host_keys"), os.environ),
            names=[str(name) for name in names if name and name != address],
            reach=networks.reach(self.attack_config.get("networks"), named_by_plan="driver" in self.attack_config),
        )


def _bounded(outcome: dict[str, Any]) -> dict[str, Any]:
    """Return the outcome with as much of the output's end as a record may hold."""
    if "output" not in outcome:
        return outcome
    room = LARGEST_OUTCOME - len(json.dumps({**outcome, "output": ""})) + 2
    return {**outcome, "output": fitting(outcome["output"], room)}


def _check_remote(path: str) -> None:
    parts = path.split("/")
    dashed = any(part.startswith("-") for part in parts)
    if (
        not path.isprintable()
        or dashed
        or path.startswith("~")
        or parts[-1] in ("", ".")
        or {"..", "="} & {*parts, *path}
    ):
        accepted = (
            "give one such as /tmp/burn_cpu, without '..', '=', line breaks, a leading tilde,"
            " and names that begin with a dash"
        )
        raise InvalidRequest(Fault("$.remote_script", "it is not the path of a file", accepted))
