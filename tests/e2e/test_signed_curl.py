"""The curl line that ``make deploy`` prints is one that curl takes."""

import os
import shutil
import subprocess

import pytest

from infra.deploy.chalice_deploy import signed_curl
from infra.local.child import RunningEngine


@pytest.mark.parametrize("token", ["", "a-session-token"])
def test_it_calls_the_api(stack: RunningEngine, token: str) -> None:
    """With keys of a user as with those of a session; the local API lets everybody in, whatever the signature."""
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")
    line = signed_curl(f"{stack.run['api']}/api/1/attacks/", stack.run["region"])
    keys = {
        "AWS_ACCESS_KEY_ID": stack.run["access_key"],
        "AWS_SECRET_ACCESS_KEY": stack.run["secret_key"],
        "AWS_SESSION_TOKEN": token,
    }
    command = line.replace("curl ", "curl --silent --show-error --noproxy '*' --trace-ascii - ", 1)
    said = subprocess.run(
        command, shell=True, env={**os.environ, **keys}, capture_output=True, text=True, timeout=60, check=False
    )
    assert said.returncode == 0, said.stderr
    assert "Authorization: AWS4-HMAC-SHA256 Credential=" in said.stdout
    assert ("x-amz-security-token: a-session-token" in said.stdout) == bool(token)
    assert "HTTP/1.1 200" in said.stdout
