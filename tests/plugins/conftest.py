"""AWS as moto has it, and a web server that remembers, both on loopback."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer

REGION = "eu-west-1"


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch) -> None:
    """A local stage without AWS: no test can reach beyond this machine by what the shell happens to hold."""
    for name in (
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_EC2",
        "AWS_ENDPOINT_URL_STS",
        "AWS_IAM_ROLE",
        "AWS_SESSION_TOKEN",
        "AWS_REGION",
        "AWS_PROFILE",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "PRIVATE_ADDRESSES",
        "ALLOWED_ROLES",
        "ROLE_SESSIONS",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("STAGE", "local")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDOFTHETESTS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")


@pytest.fixture
def aws(moto_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty emulated AWS, which the environment names."""
    requests.post(f"{moto_server}/moto-api/reset", timeout=10)
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_server)
    return moto_server


@pytest.fixture
def launch(aws: str) -> Callable[..., list[str]]:
    """Launch instances with tags, e.g. ``launch(3, Team="a")``, and return their ids."""

    def run(count: int, *, region: str = REGION, zone: str | None = None, **tags: str) -> list[str]:
        answer = boto3.client("ec2", region_name=region).run_instances(
            ImageId="ami-12c6146b",
            MinCount=count,
            MaxCount=count,
            Placement={"AvailabilityZone": zone} if zone else {},
            TagSpecifications=[
                {"ResourceType": "instance", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
            ]
            if tags
            else [],
        )
        return [instance["InstanceId"] for instance in answer["Instances"]]

    return run


@dataclass
class Request:
    """What a request brought."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Web:
    """A loopback server: ``answers`` are given in turn, the last one again and again; ``received`` is what came."""

    url: str
    server: ThreadingHTTPServer
    received: list[Request] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=lambda: [(200, {}, b"ok")])
    names: list[str | None] = field(default_factory=list)
    """What clients of TLS called the server (SNI)."""
    hanging: threading.Event = field(default_factory=threading.Event)
    """Set by the test's end: a request to ``/hang`` is answered only then."""

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


@pytest.fixture
def web() -> Iterator[Web]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            made.received.append(
                Request(str(self.command), self.path, dict(self.headers.items()), self.rfile.read(length))
            )
            if self.path.startswith("/hang"):
                made.hanging.wait(20)
            status, headers, body = made.answers.pop(0) if len(made.answers) > 1 else made.answers[0]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = handle_any

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    made = Web(f"http://127.0.0.1:{server.server_address[1]}", server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.hanging.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def clock_of_madrid(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The process's own clock in the engine's zone, as the Lambdas have it by TZ."""
    monkeypatch.setenv("TZ", "Europe/Madrid")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
