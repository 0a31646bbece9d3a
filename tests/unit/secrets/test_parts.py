"""The parts of a text that are secret by their form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.secrets.log_redaction import masked
from chalicelib.secrets.parts import MASK, mask_secret_parts, secret_parts
from tests.growth.measure import require_linear

S = "hunter2-canary"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"https://user:{S}@host/path", f"https://{MASK}@host/path"),
        (f"redis://:{S}@h:1/0", f"redis://{MASK}@h:1/0"),
        (f"see postgres://u:{S}@h/db and more", f"see postgres://{MASK}@h/db and more"),
        (f"https://h/p?token={S}&page=2x#top", f"https://h/p?token={MASK}&page={MASK}#top"),
        (f"https://h/p?{S}", f"https://h/p?{MASK}"),
        (f"https://h/?q={S}@b", f"https://h/?q={MASK}"),
        (f"https://h/cb#access_token={S}", f"https://h/cb#access_token={MASK}"),
        (f"https://proxy/https://u:{S}@h/x", f"https://proxy/https://{MASK}@h/x"),
        (f"--password={S} --verbose", f"--password={MASK}"),
        (f"password: {S}", f"password: {MASK}"),
        (f"x=1&client_secret={S}", f"x=1&client_secret={MASK}"),
        (f'{{"apiKey": "{S}"}}', f'{{"apiKey": "{MASK}'),
        (f"X-Auth-Key: {S}", f"X-Auth-Key: {MASK}"),
        (f"Bearer {S}", f"Bearer {MASK}"),
        (f"curl -H 'x: basic {S}'", f"curl -H 'x: basic {MASK}"),
        (f"-----BEGIN RSA PRIVATE KEY-----\n{S}", f"-----BEGIN RSA PRIVATE KEY-----{MASK}"),
    ],
)
def test_a_secret_part_is_masked_and_found(text: str, shown: str) -> None:
    assert mask_secret_parts(text) == shown
    assert mask_secret_parts(shown) == shown  # what is shown of a stored config is masked again
    assert any(S in part for part in secret_parts(text))


@pytest.mark.parametrize(
    "text",
    [
        *("https://host/a@b", "a@b.c", "https://host/#a@b", "//u@h", "https://h/p?", "key=value", "note: tokenizer"),
        *("basic idea", "2027-06-21T15:30:00+02:00", "arn:aws:iam::123456789012:role/x", "a?b=c", "the password", ""),
    ],
)
def test_another_text_is_left_as_it_is(text: str) -> None:
    assert mask_secret_parts(text) == text and secret_parts(text) == []


@given(st.text())
def test_what_holds_no_secret_part_is_shown_as_it_is(text: str) -> None:
    assert (mask_secret_parts(text) == text) or secret_parts(text)


SLOW = {
    "one letter": "a",
    "schemes": "a://",
    "ats": "a://@",
    "users": "h://u@",
    "parameters": "&a",
    "assignments": "a   ",
    "options": "-",
    "keys": "-----BEGIN ",
    "credentials": "bearer ",
}


@pytest.mark.parametrize("kind", SLOW)
@pytest.mark.parametrize("as_name", [False, True])
def test_the_search_is_linear_in_the_text(kind: str, as_name: bool) -> None:
    def text(size: int) -> str:
        return "h://h/?" * (kind == "parameters") + SLOW[kind] * (size // len(SLOW[kind]))

    require_linear(lambda text: masked({"args": {"payload": {text: "x"} if as_name else {"a": text}}}), text, 60_000)
