"""The pass-through proxy: what comes out on the other side is what went in."""

import asyncio
import http.client
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from infra.local.browsers import Browsers
from infra.local.place import HOST, free_ports, from_environment
from infra.local.proxy import LARGEST_BODY, Proxy

Answer = tuple[int, dict[str, str], bytes]


class Echo(BaseHTTPRequestHandler):
    """Answers with the request it got, and status 418 so that nothing can be mistaken for the proxy's own."""

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        said = {"line": self.requestline, "headers": dict(self.headers.items()), "body": body.decode("latin-1")}
        content = json.dumps(said).encode()
        self.send_response(418)
        self.send_header("Content-Type", "application/hal+json")
        self.send_header("Location", "/api/1/elsewhere")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_HEAD = answer

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where a proxy listens whose upstream is an echo."""
    upstream = ThreadingHTTPServer((HOST, 0), Echo)
    Thread(target=upstream.serve_forever, daemon=True).start()
    [port] = free_ports(1)
    loop = asyncio.new_event_loop()
    proxy = Proxy(HOST, port, f"http://{HOST}:{upstream.server_port}")
    loop.run_until_complete(proxy.start())
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield port
    asyncio.run_coroutine_threadsafe(proxy.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()
    upstream.shutdown()
    upstream.server_close()


def send(port: int, method: str, target: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": f"localhost:{port}", **(headers or {})}.items():
            connection.putheader(name, value)
        if body:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
def test_the_request_arrives_as_it_was_sent(port: int, method: str) -> None:
    target = "/api/1/plans/a%2Fb%20c//?limit=&x=%C3%A4&x=2"
    body = bytes(range(256)) if method in ("POST", "PUT") else b""

    status, _, said = send(port, method, target, {"X-Custom": "a, b", "Authorization": "AWS4 x"}, body)

    echo = json.loads(said)
    assert status == 418
    assert echo["line"] == f"{method} {target} HTTP/1.1"
    assert echo["body"].encode("latin-1") == body
    headers = {name: value for name, value in echo["headers"].items() if name != "Content-Length"}
    assert headers == {"Host": f"localhost:{port}", "X-Custom": "a, b", "Authorization": "AWS4 x"}


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "nonsense"])
def test_a_body_is_not_unpacked_on_its_way_whatever_it_is_said_to_be(port: int, encoding: str) -> None:
    """A signature covers it as it was sent."""
    status, _, said = send(port, "POST", "/api/1/plans", {"Content-Encoding": encoding}, b"not packed")
    echo = json.loads(said)
    assert (status, echo["body"], echo["headers"]["Content-Encoding"]) == (418, "not packed", encoding)


def test_the_answer_comes_back_as_it_was_given(port: int) -> None:
    _, headers, _ = send(port, "GET", "/api/1/")
    assert headers["Content-Type"] == "application/hal+json"
    assert headers["Location"] == "/api/1/elsewhere"


def test_head_has_no_body(port: int) -> None:
    status, _, said = send(port, "HEAD", "/api/1/")
    assert (status, said) == (418, b"")


@pytest.mark.parametrize("target", ["/apis", "/_ministack/reset"])
def test_only_the_api_is_there(port: int, target: str) -> None:
    status, _, said = send(port, "GET", target)
    assert (status, json.loads(said)) == (404, {"message": f"there is nothing at {target}: try /api/1/"})


@pytest.mark.parametrize(("environment", "reached"), [({}, False), ({"BIND_HOST": "0.0.0.0"}, True)])
def test_only_the_image_listens_on_every_interface(environment: dict[str, str], reached: bool) -> None:
    """127.0.0.2 stands for a container's other address: what listens on 127.0.0.1 alone is not reached by it."""
    [port] = free_ports(1)

    async def is_reached() -> bool:
        proxy = Proxy(from_environment(environment).host, port, "http://127.0.0.1:9")
        await proxy.start()
        try:
            _, writer = await asyncio.open_connection("127.0.0.2", port)
        except ConnectionRefusedError:
            return False
        else:
            writer.close()
            return True
        finally:
            await proxy.stop()

    assert asyncio.run(is_reached()) is reached


def test_the_first_page_says_where_to_go(port: int) -> None:
    status, _, said = send(port, "GET", "/")
    assert status == 200 and b'<a href="/api/1/">' in said


def test_a_body_larger_than_api_gateway_takes_is_refused(port: int) -> None:
    status, _, said = send(port, "POST", "/api/1/plans", body=b" " * (LARGEST_BODY + 1))
    assert (status, json.loads(said)) == (413, {"message": "Request Too Long"})


FOREIGN = ["https://evil.example", "http://localhost", "http://localhost.evil.example:5000", "null", ""]


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
def test_this_machine_is_called_by_its_names(port: int, name: str) -> None:
    assert send(port, "GET", "/api/1/", {"Host": f"{name}:{port}"})[0] == 418


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "localhost", "localhost:1", "127.0.0.2:{port}", ""]
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_another_host_is_refused(port: int, host: str, method: str) -> None:
    """A page whose name leads to this machine since a moment ago is of the same origin to the browser."""
    assert send(port, method, "/api/1/", {"Host": host.format(port=port)})[0] == 403


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_page_of_another_origin_changes_nothing(port: int, origin: str, method: str) -> None:
    assert send(port, method, "/api/1/plans", {"Origin": origin})[0] == 403


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_a_page_of_another_origin_is_answered_and_reads_nothing(port: int, origin: str, method: str) -> None:
    status, headers, _ = send(port, method, "/api/1/", {"Origin": origin})
    assert (status, headers["Access-Control-Allow-Origin"]) == (418, f"http://localhost:{port}")


def test_its_own_pages_may_do_all(port: int) -> None:
    for name in ("localhost", "127.0.0.1", "[::1]"):
        origin = f"http://{name}:{port}"
        status, headers, _ = send(port, "POST", "/api/1/plans", {"Origin": origin})
        assert (status, headers["Access-Control-Allow-Origin"]) == (418, origin)


def test_the_environment_names_more_hosts_and_origins() -> None:
    more = {"LOCAL_HOSTS": "engine:8080, box.example", "LOCAL_ORIGINS": "http://localhost:3000"}
    callers = Browsers.of(5000, more)
    origin = {"Origin": "http://localhost:3000"}
    assert callers.refusal("POST", {"Host": "engine:8080", **origin}) is None
    assert callers.refusal("POST", {"Host": "localhost:5000", **origin}) is None
    assert callers.refusal("POST", {"Host": "engine:8081", **origin}) is not None
    assert Browsers.of(5000).refusal("POST", {"Host": "localhost:5000", **origin}) is not None
