"""ApiRequest, against a web server on loopback."""

import socket
import threading
from typing import Any
from urllib.parse import parse_qsl

import pytest
from jsonschema import Draft202012Validator

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.targets import Resolved, Target
from plugins.attacks.api_request import METHODS, ApiRequest
from tests.plugins.conftest import Web


def run(endpoint: str, method: str = "GET", **args: Any) -> dict[str, Any]:
    given = {"endpoint": endpoint, "method": method, **args}
    Draft202012Validator(ApiRequest.schema).validate({"ref": ApiRequest.ref, "args": given})
    ApiRequest.check(given)
    return ApiRequest(given).run()


@pytest.mark.parametrize("method", [*METHODS, "get", "delete"])
def test_the_request_is_made_with_its_method_and_headers(web: Web, method: str) -> None:
    outcome = run(f"{web.url}/path?key=secret", method, headers={"X-CUSTOM-HEADER": "test"})
    (request,) = web.received
    assert (request.method, request.path) == (method.upper(), "/path?key=secret")
    assert request.headers["X-CUSTOM-HEADER"] == "test"
    seconds = outcome.pop("seconds")
    assert 0 <= seconds < 5
    assert outcome == {"method": method.upper(), "endpoint": f"{web.url}/path", "status": 200}


def test_the_payload_is_form_encoded(web: Web) -> None:
    payload = {"test": "1", "n": 2, "yes": True, "none": None, "many": ["a", "b"], "deep": {"a": [1]}}
    run(web.url, "POST", payload=payload)
    (request,) = web.received
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qsl(request.body.decode()) == [
        ("test", "1"),
        ("n", "2"),
        ("yes", "true"),
        ("none", "null"),
        ("many", "a"),
        ("many", "b"),
        ("deep", '{"a": [1]}'),
    ]


@pytest.mark.parametrize("name", ["Content-Type", "content-type"])
@pytest.mark.parametrize("value", ["application/json", "application/hal+JSON; charset=utf-8"])
def test_the_payload_is_json_when_the_content_type_says_so(web: Web, name: str, value: str) -> None:
    run(web.url, "PUT", payload={"a": [1, None]}, headers={name: value})
    assert web.received[0].body == b'{"a": [1, null]}'
    assert web.received[0].headers[name] == value


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_an_answer_of_400_or_more_is_a_failed_attack(web: Web, status: int) -> None:
    web.answers = [(status, {}, b"a secret")]
    with pytest.raises(AttackFailed, match=f"127.0.0.1:{web.port} answered with status {status}") as failure:
        run(web.url, headers={"Authorization": "Bearer secret"})
    assert failure.value.outcome["status"] == status
    assert "secret" not in f"{failure.value} {failure.value.outcome}"


@pytest.mark.parametrize("status", [204, 301, 302])
def test_redirects_are_not_followed(web: Web, status: int) -> None:
    web.answers = [(status, {"Location": "http://192.0.2.1/"}, b"")]
    assert run(web.url)["status"] == status
    assert len(web.received) == 1


def test_a_server_that_hangs_is_a_failed_attack(web: Web) -> None:
    with pytest.raises(AttackFailed, match=r"did not answer within 0\.2 seconds") as failure:
        run(f"{web.url}/hang", timeout=0.2)
    assert failure.value.outcome == {"method": "GET", "endpoint": f"{web.url}/hang"}


def test_an_answer_that_breaks_off_is_a_failed_attack(web: Web) -> None:
    web.answers = [(200, {"Transfer-Encoding": "chunked"}, b"not a chunk")]
    broken = r"broke off its answer 200 \((InvalidChunkLength|ProtocolError)\): the request was sent"
    with pytest.raises(AttackFailed, match=broken) as failure:
        run(web.url)
    assert failure.value.outcome["status"] == 200


@pytest.mark.parametrize(
    "answer", [b"", b"no HTTP\r\n\r\n", b"HTTP/1.1 200 OK\r\nServer: a", b"HTTP/1.1 099 -\r\n\r\n"]
)
def test_a_request_that_was_sent_and_got_no_answer_is_not_said_to_have_reached_nobody(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(AttackFailed, match="the request was sent, and may have taken effect") as failure:
            run(f"http://127.0.0.1:{server.getsockname()[1]}/", "POST")
        thread.join()
    assert "reached" not in str(failure.value)


def test_a_port_where_nobody_listens_is_a_failed_attack() -> None:
    with socket.socket() as taken:  # bound, not listening: refused
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(AttackFailed, match=f"127.0.0.1:{port} could not be reached: ConnectionError"):
            run(f"http://127.0.0.1:{port}/")


def test_a_server_without_tls_is_a_failed_attack(web: Web) -> None:
    with pytest.raises(AttackFailed, match="could not be reached: SSLError"):
        run(web.url.replace("http", "https"))


@pytest.mark.parametrize(
    "endpoint",
    ["http://192.0.2.1/", "https://192.0.2.1", "http://169.254.169.254/latest/meta-data", "http://0.0.0.0:1"],
)
def test_what_is_not_loopback_is_refused_in_the_local_stage(endpoint: str) -> None:
    with pytest.raises(AttackFailed, match="is refused"):
        run(endpoint)


def test_the_environments_proxies_are_not_used(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert run(web.url)["status"] == 200


@pytest.mark.parametrize(
    ("endpoint", "message"),
    [
        ("http://user:pass@127.0.0.1/", "holds a user or a password"),
        ("http://", "is not a URL"),
        ("http:///path", "is not a URL"),
        ("http://127.0.0.1:99999/", "is not a URL"),
        ("http://127.0.0.1:0/", "is not a URL"),
        ("http://[::1/", "is not a URL"),
        ("http://127.0.0.1/a b", "is not a URL"),
        ("http://127.0.0.1/\n", "is not a URL"),
    ],
)
def test_an_endpoint_that_is_no_url_is_refused_when_posted(endpoint: str, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message) as refusal:
        ApiRequest.check({"endpoint": endpoint, "method": "GET"})
    assert "pass@" not in str(refusal.value)


@pytest.mark.parametrize(
    "args",
    [
        {"endpoint": "ftp://127.0.0.1/"},
        {"endpoint": "127.0.0.1"},
        {"endpoint": 1},
        {"method": "NOPE NOPE"},
        {"method": "CONNECT"},
        {"payload": "x"},
        {"headers": {"X-A": 1}},
        {"headers": {"X-A": "a\r\nX-B: b"}},
        {"headers": {"X A": "a"}},
        {"headers": {"": "a"}},
        {"timeout": 0},
        {"timeout": 61},
        {"retries": 3},
    ],
)
def test_arguments_out_of_bounds_are_refused_by_the_schema(args: dict[str, Any]) -> None:
    document = {"ref": ApiRequest.ref, "args": {"endpoint": "http://localhost/", "method": "GET", **args}}
    assert not Draft202012Validator(ApiRequest.schema).is_valid(document)


def test_its_target_is_the_endpoints_host() -> None:
    resolved = ApiRequest({"endpoint": "http://localhost:4500/path", "method": "GET"}).resolve()
    assert resolved == Resolved(candidates=(Target("localhost"),))
