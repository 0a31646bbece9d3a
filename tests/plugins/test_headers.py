"""Headers and endpoints of ApiRequest: what is accepted when a plan is posted can be sent when it is due."""

from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chalicelib.domain.errors import InvalidRequest
from chalicelib.planning.validation import check_attack
from chalicelib.plugin.registry import attacks
from plugins.attacks.api_request import ApiRequest
from tests.plugins.conftest import Web

ATTACKS = attacks()


def refusal(**args: Any) -> str | None:
    attack = {"ref": ApiRequest.ref, "args": {"endpoint": "http://127.0.0.1/", "method": "GET", **args}}
    try:
        check_attack(attack, ATTACKS)
    except InvalidRequest as error:
        return " ".join(fault.sentence for fault in error.faults)
    return None


@given(
    st.text("!#$%&'*+-.^_`|~09azAZ: é\n", max_size=6),
    st.text(max_size=8) | st.text(st.characters(max_codepoint=0x120), max_size=8),
)
@example("Team", "日本")
@example("Team", "é\u00ff")
@example("Team", " x")
@example("Team", "\u00a0x")
@example("Team", "x\x85y")
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_every_header_that_is_accepted_can_be_sent_as_it_is(web: Web, name: str, value: str) -> None:
    headers = {f"X-{name}": value}
    if refusal(headers=headers) is None:
        ApiRequest({"endpoint": web.url, "method": "GET", "headers": headers}).run()
        assert web.received[-1].headers[f"X-{name}"].strip() == value.strip()


@pytest.mark.parametrize("value", ["日本", "a\r\nX-B: b", "a\nb", "\x00", "x\x7f", "€", " ~a", "\u0080"])
def test_a_header_that_cannot_be_sent_is_refused_by_its_name(value: str) -> None:
    said = refusal(headers={"X-Team": value})
    assert said and said.startswith("$.attack.args.headers['X-Team']: ") and "Latin-1" in said and value not in said


@pytest.mark.parametrize("value", ["é", "naïve", "a b", "", "ÿ", "x" * 4096])
def test_latin_1_that_can_be_sent_is_accepted(value: str) -> None:
    assert refusal(headers={"X-Team": value}) is None


@pytest.mark.parametrize("name", ["X Team", "", "X-é", "X:", "X\r\nY", "(x)", "x" * 129])
def test_a_header_whose_name_is_no_token_is_refused(name: str) -> None:
    said = refusal(headers={name: "a"})
    assert said and said.startswith("$.attack.args.headers[")


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding"])
def test_a_header_that_the_engine_has_to_set_is_refused(name: str) -> None:
    said = refusal(headers={name: "5"})
    assert said == f"$.attack.args.headers['{name}']: the engine sets it, by the payload: leave it out"


def test_two_headers_that_differ_in_case_are_refused() -> None:
    said = refusal(headers={"X-Team": "a", "x-team": "b"})
    assert said and said.startswith("$.attack.args.headers['X-Team']: the header is given twice")


@pytest.mark.parametrize(
    "endpoint",
    [
        *("http://a..b/", "http://.a/", "http://*.a/", f"http://{'a' * 64}.b/", "http://☃.\u200b/"),
        *("http://127.0.0.1\\@b/", "http://[::1/", "http://[v1]/", "http://a:b/", "http://a:0/", "http://"),
    ],
)
def test_an_endpoint_that_cannot_be_sent_to_is_refused(endpoint: str) -> None:
    said = refusal(endpoint=endpoint)
    assert said and said.startswith("$.attack.args.endpoint: ")


@pytest.mark.parametrize(
    "endpoint",
    [
        *("http://localhost:4500", "HTTP://LOCALHOST/ñ?q=é#x", "https://[::1]:8443/", "http://münchen.example/"),
        *("http://a.b./", "http://a_b/", "http://127.0.0.1/%zz"),
    ],
)
def test_an_endpoint_that_can_be_sent_to_is_accepted(endpoint: str) -> None:
    assert refusal(endpoint=endpoint) is None


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_every_path_that_is_accepted_can_be_sent(web: Web, path: str) -> None:
    endpoint = f"{web.url}/{path}"
    if refusal(endpoint=endpoint) is None:
        assert ApiRequest({"endpoint": endpoint, "method": "GET"}).run()["status"] == 200


@pytest.mark.parametrize("method", ["get ", "GETT", "Get", "CONNECT", "G\nET"])
def test_a_method_that_is_none_is_refused_with_the_nearest(method: str) -> None:
    said = refusal(method=method)
    assert said and said.startswith("$.attack.args.method: '...' is not one of ")
