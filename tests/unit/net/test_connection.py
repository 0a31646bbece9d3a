"""Interim answers, which come before the one that counts."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers.cloud.nodes import Cloud
from chalicelib.net.connection import LARGEST_INTERIM_ANSWERS, MOST_INTERIM_ANSWERS
from plugins.attacks.api_request import ApiRequest

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
REFUSED = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
NONE = b'{"instances": [], "bare_metals": [], "meta": {"total": 0, "links": {"next": ""}}}'
EMPTY = OK.replace(b": 0", b": " + str(len(NONE)).encode()) + NONE


@contextmanager
def answering(*answers: bytes) -> Iterator[int]:
    """Serve these bytes to each connection in turn, and close it; yield the port."""

    def serve() -> None:
        for answer in answers:
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        yield int(listening.getsockname()[1])
        thread.join()


def attack(port: int) -> ApiRequest:
    return ApiRequest({"endpoint": f"http://127.0.0.1:{port}/", "method": "GET"})


@pytest.mark.parametrize("status", [100, 102, 103, 104, 150, 199])
def test_an_interim_answer_is_not_the_result(status: int) -> None:
    interim = HINTS.replace(b"103", str(status).encode())
    with (
        answering(interim + REFUSED) as port,
        pytest.raises(AttackFailed, match="answered with status 503") as failure,
    ):
        attack(port).run()
    assert failure.value.outcome["status"] == 503
    with answering(interim * 3 + OK) as port:
        assert attack(port).run()["status"] == 200


def test_another_protocol_that_nobody_asked_for_is_a_failed_attack() -> None:
    switching = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"
    for sent in (switching, HINTS + switching, switching + OK):
        with answering(sent) as port, pytest.raises(AttackFailed, match="answered with status 101"):
            attack(port).run()


@pytest.mark.parametrize("status", [b"100", b"103"])
def test_interim_answers_are_bounded_in_number(status: bytes) -> None:
    interim = HINTS.replace(b"103", status)
    with answering(interim * MOST_INTERIM_ANSWERS + OK) as port:
        assert attack(port).run()["status"] == 200
    with (
        answering(interim * (MOST_INTERIM_ANSWERS + 1) + OK) as port,
        pytest.raises(AttackFailed, match="no answer that can be read"),
    ):
        attack(port).run()


@pytest.mark.parametrize("length", [1000, 60_000, 10 * LARGEST_INTERIM_ANSWERS])
def test_interim_answers_are_bounded_in_bytes(length: int) -> None:
    """However the bytes are divided into lines."""
    line = b"X-A: " + bytes([97]) * (length - 7) + b"\r\n"
    headers = line * (2 * LARGEST_INTERIM_ANSWERS // length + 1)
    sent = b"HTTP/1.1 103 Early Hints\r\n" + headers + b"\r\n" + OK
    with answering(sent) as port, pytest.raises(AttackFailed, match="no answer that can be read"):
        attack(port).run()


def test_a_cloud_is_heard_out_too() -> None:
    with answering(HINTS + EMPTY, HINTS + EMPTY) as port:
        driver = {"provider": "vultr", "key": "k", "host": "127.0.0.1", "port": port, "secure": False}
        assert Cloud.of(driver).find({"name": "*"}).nodes == []
