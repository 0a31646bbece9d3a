"""What libcloud signs is what it sends: held by botocore's own signer, on a loopback server."""

import hashlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from chalicelib.drivers.cloud.credentials import Credentials as Keys
from chalicelib.drivers.ec2.driver import RegionalEC2Driver

NONE = b'<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"/>'


class Checked(SigV4Auth):
    """The signature that AWS computes of the request as it came."""

    def of(self, url: str, headers: Any) -> str:
        names = headers["Authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
        request = AWSRequest("GET", url, headers={name: headers[name] for name in names})
        request.context["timestamp"] = headers["x-amz-date"]
        request.headers.add_header("X-Amz-Content-SHA256", hashlib.sha256(b"").hexdigest())
        canonical = "\n".join(
            (
                "GET",
                "/",
                self.canonical_query_string(request),
                *(f"{name}:{headers[name].strip()}" for name in names),
                "",
                ";".join(names),
                hashlib.sha256(b"").hexdigest(),
            )
        )
        return str(self.signature(self.string_to_sign(request, canonical), request))


@pytest.fixture
def checking() -> Iterator[tuple[str, list[bool]]]:
    found: list[bool] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            signer = Checked(Credentials("key", "secret"), "ec2", "eu-west-1")
            expected = signer.of(f"http://{self.headers['Host']}{self.path}", self.headers)
            found.append(self.headers["Authorization"].endswith(f"Signature={expected}") and "+" not in self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(NONE)))
            self.end_headers()
            self.wfile.write(NONE)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    "value", ["plain", "two words", " a  b ", "a+b", "a%20b", "a&b=c", "~-_.!*'()", "é €", "a/b:c,d;e"]
)
def test_a_filter_is_signed_as_it_is_sent(
    value: str, checking: tuple[str, list[bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", "local")
    url, found = checking
    driver = RegionalEC2Driver(Keys("key", "secret", None), region="eu-west-1", url=url)
    assert driver.list_nodes(ex_filters={"tag:Name": value, "tag:two words": [value, "b c"]}) == []
    assert found == [True]
