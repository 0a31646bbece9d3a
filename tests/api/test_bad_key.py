"""A key of SSH that is none is a 400 when the plan is posted, and not a failure when it is due."""

from base64 import b64encode
from typing import Any

import pytest

from chalicelib.plugin import Attack
from chalicelib.plugin.registry import Registry
from tests.api.client import Client
from tests.support.world import World, later, plan_document, world

SHIPPED = Registry("attack", "plugins.attacks", Attack)
GARBLED = b64encode(b"-----BEGIN OPENSSH PRIVATE KEY-----\ngarbled\n-----END OPENSSH PRIVATE KEY-----\n").decode()
PUBLIC = b64encode(b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==").decode()
KNOWN = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"


@pytest.fixture
def shipped() -> World:
    return world(attacks=SHIPPED)


def posted(pem: str) -> dict[str, Any]:
    args = {
        "filters": {"tag:Chaos": "true"},
        "local_script": "s_empty.sh",
        "remote_script": "/tmp/s_empty.sh",
        "host_keys": [KNOWN],
        "ssh": {"user": "ec2-user", "pem": pem},
    }
    return plan_document(later(hours=1), attack={"ref": "run_script:RunScript", "args": args})


@pytest.mark.parametrize("pem", ["no base64!", GARBLED, PUBLIC, "AAAA"])
@pytest.mark.parametrize("query", ["", "?dry_run=true"])
def test_what_is_no_private_key_is_a_400_that_says_what_to_give_and_not_what_came(
    pem: str, query: str, shipped: World
) -> None:
    refused = Client(shipped).post(f"/api/1/plans/{query}", posted(pem))
    assert refused.status == 400 and "pem" in refused["msg"]
    assert pem not in refused.text and shipped.is_empty
