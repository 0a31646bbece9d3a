"""An attack that runs a script on a machine, through SSH."""

from typing import Any

from chalicelib.drivers import private_key, scripts
from chalicelib.errors import InvalidRequest
from chalicelib.model import Config
from chalicelib.plugin import Attack, AttackFailed
from chalicelib.schema import EC2_FILTERS, REGION, closed, plugin_schema

LONGEST_RUN = 840


class RunScript(Attack):
    """Upload a script to one EC2 instance, chosen at random among the running ones that match all filters, and run it.

    The instance must be reachable by SSH. This version judges plans, but does not run scripts yet: the attack fails and
    says so. IAM: ec2:DescribeInstances.
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
            "description": "where the script is put on the machine, e.g. /tmp/burn_cpu",
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
        region=REGION,
        address={
            "enum": ["public", "private", "auto"],
            "default": "auto",
            "description": "which of the machine's addresses to connect to; auto is the public one, else the private",
        },
        port={"type": "integer", "minimum": 1, "maximum": 65535, "default": 22},
        timeout={
            "type": "integer",
            "minimum": 1,
            "maximum": LONGEST_RUN,
            "default": 300,
            "description": "seconds the script may run",
        },
    )
    example = {
        "ref": ref,
        "args": {
            "filters": {"tag:Chaos": "true"},
            "local_script": "s_burncpu.sh",
            "remote_script": "/tmp/burn_cpu",
            "ssh": {"user": "ec2-user", "pem": "BASE64ENCODEDPEM"},
            "region": "eu-west-1",
        },
    }
    iam_actions = ("ec2:DescribeInstances",)

    @classmethod
    def check(cls, args: Config) -> None:
        """Raises ``InvalidRequest`` for a script that is not there, a place it cannot have, and a key that is none."""
        scripts.find(args["local_script"])
        _check_remote(args["remote_script"])
        private_key.load(args["ssh"]["pem"])

    def run(self) -> dict[str, Any]:
        raise AttackFailed("running scripts is not available in this version: nothing was attacked")


def _check_remote(path: str) -> None:
    if not path.isprintable() or path.startswith("-") or path.endswith("/") or ".." in path.split("/"):
        raise InvalidRequest(
            "remote_script is not the path of a file:"
            " give one such as /tmp/burn_cpu, without '..', line breaks or a leading dash"
        )
