"""Secrets planted in plans, and then looked for: after a whole life they are nowhere but where the attack took them."""

import json
import tempfile
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote

import pytest

from infra.local.child import Child, RunningEngine
from tests.e2e.test_permissions import DENIED, Ask
from tests.e2e.test_permissions import ask as ask
from tests.e2e.test_run_script import attack as run_script
from tests.e2e.test_run_script import instance as instance
from tests.e2e.test_run_script import server as server
from tests.e2e.wishes import Plans, until
from tests.plugins.ssh_server import Server, pem

BEARER, KEPT, MANAGED = "Bearer canary-5f2c-posted", "canary-5f2c-parameter", "canary-5f2c-managed"
VAULT, CUSTOM, QUERIED = "canary-5f2c-by-its-name", "canary-5f2c-of-a-team", 'canary-5f2c-"quoted"-€'
PASSWORD, CLIENT = "canary-5f2c-in-the-environment", "canary-5f2c-of-a-client"
CLOUD_KEY, CLOUD_SECRET = "canary-5f2c-cloud-key", "canary-5f2c-cloud-secret"
PLANTED = [BEARER, KEPT, MANAGED, VAULT, CUSTOM, QUERIED, PASSWORD, CLIENT, CLOUD_KEY, CLOUD_SECRET]
"""And an SSH key, made anew each time."""
OPEN = "canary-5f2c-in-the-open"
PARAMETER = "/chaosmonkey/local/e2e/key"
LARGEST_SEARCHED = 20_000_000


@contextmanager
def asked() -> Iterator[tuple[int, list[dict[str, str]]]]:
    """A server on loopback: its port, and the headers of every request, by their names in lower case.

    What is asked of ``/broken`` fails, and the answer repeats the headers.
    """
    headers: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers.append({name.lower(): value for name, value in self.headers.items()})
            broken = self.path.startswith("/broken")
            self.send_response(500 if broken else 200)
            self.end_headers()
            self.wfile.write(repr(headers[-1]).encode() if broken else b"")

        def log_message(self, format: str, *args: Any) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    try:
        yield listening.server_port, headers
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


@pytest.fixture
def events(stack: RunningEngine) -> Iterator[list[str]]:
    """A queue's messages, added to by ``received``: every event of the engine."""
    sqs, bus = stack.client("sqs"), stack.client("events")
    url = sqs.create_queue(QueueName="overheard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = {"Version": "2012-10-17", "Statement": [{**allowed, "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    bus.put_rule(Name="overheard", EventPattern='{"source": ["chaosmonkey"]}')
    bus.put_targets(Rule="overheard", Targets=[{"Id": "queue", "Arn": arn}])
    yield [url]
    bus.remove_targets(Rule="overheard", Ids=["queue"])
    bus.delete_rule(Name="overheard")
    sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def managed(stack: RunningEngine) -> Iterator[str]:
    """The ARN of a secret; there is a parameter as well."""
    ssm, manager = stack.client("ssm"), stack.client("secretsmanager")
    ssm.put_parameter(Name=PARAMETER, Value=KEPT, Type="SecureString")
    arn = manager.create_secret(Name="chaosmonkey/local/e2e", SecretString=MANAGED)["ARN"]
    yield str(arn)
    manager.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
    ssm.delete_parameter(Name=PARAMETER)


def test_a_planted_secret_is_found_nowhere_after_a_whole_life(
    child: Child,
    stack: RunningEngine,
    plans: Plans,
    server: Server,
    instance: str,
    events: list[str],
    managed: str,
    tmp_path: Path,
    record_property: Any,
) -> None:
    began, said, places, posted = time.time(), [], {}, set()
    key = pem(server.key)
    with asked() as (port, headers):
        secret_headers = {
            "Authorization": BEARER,
            "X-Api-Key": {"ssm": PARAMETER},
            "Cookie": {"secretsmanager": managed},
            "X-Vault-Token": VAULT,
            "X-Team": CUSTOM,
        }
        query = f"?hook={quote(QUERIED)}"
        args = {"endpoint": f"http://127.0.0.1:{port}/{OPEN}{query}", "method": "GET", "headers": secret_headers}
        args["payload"] = {"clientSecret": CLIENT}
        broken = {**args, "endpoint": f"http://127.0.0.1:{port}/broken{query}"}
        cloud = {"provider": "cloudstack", "key": CLOUD_KEY, "secret": CLOUD_SECRET}
        cloud |= {"host": "127.0.0.1", "port": 9, "options": {"path": "/client/api"}}  # nobody listens there
        in_the_environment = run_script(server, tmp_path)
        in_the_environment["args"]["env"] = {"PGPASSWORD": PASSWORD}
        attacks = [
            ({"ref": "api_request:ApiRequest", "args": args}, "succeeded"),
            ({"ref": "api_request:ApiRequest", "args": broken}, "failed"),
            ({"ref": "libcloud_node:DestroyNode", "args": {"driver": cloud, "filters": {"name": "*"}}}, "failed"),
            (in_the_environment, "succeeded"),
        ]
        for attack, status in attacks:
            dry = {"name": "x", "attack": attack, "planner": {"ref": "exact_planner:ExactPlanner"}}
            dry["planner"] |= {"args": {"date": "2090-01-01"}}
            said.append(stack.api("POST", "/plans/?dry_run=true", dry))
            said.append(stack.api("POST", "/plans/", {**dry, "attack": {**attack, "args": {**attack["args"], "x": 1}}}))
            plan, executor = plans.post(attack, ahead=3600)
            posted.add(plan["id"])
            schedules = stack.client("scheduler")
            schedule = schedules.get_schedule(Name=executor["id"], GroupName=stack.run["schedule_group"])
            places["schedules"] = places.get("schedules", "") + repr(schedule)
            said.append(stack.api("GET", "/plans/?limit=100"))
            said.append(stack.api("POST", f"/executors/{executor['id']}/run"))
            record = plans.ended(executor, seconds=60)
            assert record["status"] == status, record
            places["the table while it lives"] = places.get("the table while it lives", "") + table(stack)
            said += [(200, plan), (200, record), stack.api("GET", f"/plans/{plan['id']}")]
            said.append(stack.api("DELETE", f"/plans/{plan['id']}"))
        # The attack itself had them.
        assert len(headers) == 2
        for given in headers:
            assert (given["authorization"], given["x-api-key"], given["cookie"]) == (BEARER, KEPT, MANAGED)
            assert (given["x-vault-token"], given["x-team"]) == (VAULT, CUSTOM)
        assert "Accepted publickey" in server.log

    def overheard() -> bool:
        sqs = stack.client("sqs")
        for message in sqs.receive_message(QueueUrl=events[0], MaxNumberOfMessages=10).get("Messages", []):
            places["events"] = places.get("events", "") + message["Body"]
            sqs.delete_message(QueueUrl=events[0], ReceiptHandle=message["ReceiptHandle"])
        return places.get("events", "").count("Plan Deleted") == len(attacks)

    until("the events came", overheard)
    assert [status for status, _ in said].count(400) == len(attacks)
    places |= {"answers": repr(said), "the table": table(stack), "logs": logs(stack)}
    planted = [*PLANTED, key]
    parts = [BEARER.removeprefix("Bearer "), key[200:260], b64decode(key).decode()[100:160]]
    secrets = sorted({form for text in [*planted, *parts] for form in forms(text)})
    assert all(OPEN in places[where] for where in ("answers", "the table while it lives", "the table"))
    for where, text in places.items():
        assert posted <= {id for id in posted if id in text}, where  # it tells of these plans
        assert not [secret for secret in secrets if secret in text], where
    searched = 0
    for path in files(child, began, but=tmp_path):
        content = path.read_bytes()
        searched += 1
        assert not [secret for secret in secrets if secret.encode() in content], path
    assert searched
    record_property(
        "in summary",
        f"secrets: {len(planted)} planted, looked for as {len(secrets)} texts in {[*places]} and {searched} files",
    )


def forms(secret: str) -> set[str]:
    """A secret as it is, as a URL and JSON would have it, and in base64 wherever in a longer text it stands."""
    raw = secret.encode()
    # What surrounds it changes the first and the last characters.
    encoded = {b64encode(b"x" * shift + raw + b"xxx").decode()[4 if shift else 0 : -8] for shift in range(3)}
    return {secret, quote(secret), quote(secret, safe=""), json.dumps(secret)[1:-1], *encoded}


def test_a_secret_is_found_in_whatever_it_is_wrapped() -> None:
    for wrapped in ('{"a": "x"}', "a", "ab", "abc"):
        assert any(form in b64encode(f"{wrapped}{BEARER}{wrapped}".encode()).decode() for form in forms(BEARER))


def table(stack: RunningEngine) -> str:
    pages = stack.client("dynamodb").get_paginator("scan").paginate(TableName="chaosmonkey-local", ConsistentRead=True)
    return repr([item for page in pages for item in page["Items"]])


def logs(stack: RunningEngine) -> str:
    client, said = stack.client("logs"), ""
    for group in client.describe_log_groups()["logGroups"]:
        for page in client.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"]):
            said += "\n".join(event["message"] for event in page["events"])
    return said


def files(child: Child, since: float, but: Path) -> Iterator[Path]:
    """What was written meanwhile to the engine's folder, the functions' temp folders in it, and this machine's.

    The state is left out: the local AWS keeps the parameters there, and writes it when it stops.
    """
    others = [path for path in Path(tempfile.gettempdir()).iterdir() if "pytest" not in path.name]
    folders = [path for path in child.folder.iterdir() if path.name != "state"]
    for found in [*folders, *(path for path in others if path.is_file())]:
        for path in [found] if found.is_file() else found.rglob("*"):
            if not path.is_file() or path.is_relative_to(but):
                continue
            if path.stat().st_mtime >= since and path.stat().st_size < LARGEST_SEARCHED:
                yield path


def test_only_the_attack_function_reads_references_below_the_stages_prefix(ask: Ask, managed: str) -> None:
    assert ask("-attack", "ssm", "get_parameter", Name=PARAMETER, WithDecryption=True) == "done"
    assert ask("-attack", "secretsmanager", "get_secret_value", SecretId=managed) == "done"
    for name in ("/chaosmonkey/prod/key", "/other", "/chaosmonkey/local2/key"):
        assert ask("-attack", "ssm", "get_parameter", Name=name) in DENIED
    other = managed.replace("chaosmonkey/local/", "chaosmonkey/prod/")
    assert ask("-attack", "secretsmanager", "get_secret_value", SecretId=other) in DENIED
    assert ask("-attack", "ssm", "put_parameter", Name=PARAMETER, Value="x", Overwrite=True) in DENIED
    for function in ("", "-resolve", "-sweep", "-undelivered"):
        assert ask(function, "ssm", "get_parameter", Name=PARAMETER) in DENIED
        assert ask(function, "secretsmanager", "get_secret_value", SecretId=managed) in DENIED
