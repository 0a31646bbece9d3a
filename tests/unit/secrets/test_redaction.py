"""Secrets that are open are in nothing that the process says."""

import base64
import html
import json
import logging
import re
import sys
import threading
from collections.abc import Callable
from io import StringIO
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.domain.errors import APIError, InvalidRequest
from chalicelib.planning.resolve_targets import _text as text_of_a_target
from chalicelib.plugin.outcome import LONGEST_MESSAGE, bounded, words
from chalicelib.secrets.forms import SHORTEST
from chalicelib.secrets.parts import MASK
from chalicelib.secrets.pieces import SHORTEST_PIECE
from chalicelib.secrets.redaction import redact, redacting
from tests.growth.measure import require_linear

CANARY = "canary-5f2c"
ODD = "pa\"ss\\wörd'€</&+-5f2c"
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="*"), min_size=0, max_size=40)
SECRETS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Zs", "Zl", "Zp"), exclude_characters="*"),
    min_size=SHORTEST,
    max_size=60,
)


def test_what_is_open_is_masked_wherever_it_is_said() -> None:
    said = {"output": [f"said {CANARY}!", 7, "first line"], CANARY: None, "number": 1234567}
    with redacting([CANARY, "first line\nsecond", "short", "1234567"]):
        assert redact(said) == {"output": [f"said {MASK}!", 7, MASK], MASK: None, "number": MASK}
        assert redact("a short one") == "a short one"
        with redacting(["inner secret"]):
            assert redact(f"inner secret {CANARY}") == f"{MASK} {MASK}"
        assert redact("inner secret") == "inner secret"
    assert redact(said) is said


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("Bearer abcdef-123", "abcdef-123"),
        ("Basic " + base64.b64encode(b"ana:hunter22").decode(), "hunter22"),
        (base64.b64encode(b"-----BEGIN X-----\nline-one\nline-two\n").decode(), "line-two"),
        ("session=abcdef-123; path=/", "abcdef-123"),
        ('{"private_key": "abcdef-123", "n": 1}', "abcdef-123"),
    ],
)
def test_what_a_secret_is_made_of_is_one_too(secret: str, said: str) -> None:
    with redacting([secret]):
        assert redact(f"<{said}>") == f"<{MASK}>"


def _escaped(text: str, characters: str) -> str:
    return "".join(f"\\u{ord(each):04x}" if each in characters else each for each in text)


def _loud(text: str) -> str:
    return re.sub(r"\\u[0-9a-f]{4}", lambda found: "\\u" + found[0][2:].upper(), text)


ENCODINGS = {
    "as it is": lambda text: text,
    "JSON": json.dumps,
    "JSON with its own letters": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON within JSON": lambda text: json.dumps({"body": json.dumps({"a": text})}),
    "repr": repr,
    "repr of a list": lambda text: repr([text]),
    "repr of an exception": lambda text: repr(ValueError(text)),
    "ascii": ascii,
    "repr of bytes": lambda text: repr(text.encode()),
    "a URL": lambda text: quote(text, safe=""),
    "a path": quote,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "URL-safe base64": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "JSON within JSON within JSON": lambda text: json.dumps(json.dumps(json.dumps(text))),
    "JSON of PHP": lambda text: json.dumps(text).replace("/", "\\/"),
    "JSON of Go": lambda text: _escaped(json.dumps(text, ensure_ascii=False), "<>&"),
    "JSON of .NET": lambda text: _loud(_escaped(json.dumps(text).replace('\\"', "\\u0022"), "<>&'+`")),
    "JSON of Java": lambda text: _loud(json.dumps(text)),
    "HTML": html.escape,
    "HTML of Go": lambda text: html.escape(text).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
    "XML": lambda text: html.escape(text).replace("&#x27;", "&apos;"),
    "CSV": lambda text: text.replace('"', '""'),
    "a URL within a URL": lambda text: quote(quote(text, safe=""), safe=""),
    "letters of another charset": lambda text: text.encode().decode("latin-1"),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(secret=SECRETS | st.just(ODD), before=TEXTS, after=TEXTS)
def test_a_secret_is_found_in_every_form_that_an_encoder_makes(
    encoding: str, secret: str, before: str, after: str
) -> None:
    encode = ENCODINGS[encoding]
    with redacting([secret]):
        shown = redact(encode(f"{before}  {secret}  {after}"))
    if "base64" in encoding:  # what is left at its ends are bits of the letters beside it
        left = len(shown.replace(MASK, ""))
        assert MASK in shown and left <= len(encode(f"{before}  ")) + len(encode(f"  {after}")) + SHORTEST_PIECE
        return
    for form in (secret, encode(secret)):
        if len(form) >= SHORTEST and form not in f"{before}  {after}" and form not in encode(f"{before}  {after}"):
            assert form not in shown


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("around", ["  {}  ", "'{}'", '"{}"', '{{"a": "{}"}}', "'\"{}\\"])
def test_an_odd_secret_is_masked_whole_in_every_form(encoding: str, around: str) -> None:
    with redacting([ODD]):
        shown = redact(ENCODINGS[encoding](around.format(ODD)))
    assert MASK in shown and "5f2c" not in shown and "rd" not in shown.replace("repr", "")


_LOUD = st.text("GHIJKLMNOPQRSTUVWXYZ\"\\'€ß", min_size=SHORTEST, max_size=80)
"""Of letters that nothing around it has."""


@example("GGGG'\xdf", 1, 0, '"')
@given(_LOUD, st.integers(0, 300) | st.integers(3700, 9000), st.integers(0, 300), st.sampled_from(["x", '"', "€", " "]))
def test_no_piece_of_a_secret_stands_where_an_outcome_or_a_message_is_cut(
    secret: str, before: int, after: int, filler: str
) -> None:
    text = filler * before + secret + filler * after
    with redacting([secret]):
        outcome = json.dumps(bounded({"output": text, "more": [secret] * 3, "bytes": text.encode()}, redact))
        message = words(ValueError(text, secret), redact)
        named = text_of_a_target(text)
    for said in (outcome, message, named):
        assert not re.search("[G-Z]", said), said


@given(_LOUD, st.integers(900, 1030))
def test_no_piece_of_a_secret_stands_at_the_end_of_a_message(secret: str, before: int) -> None:
    with redacting([secret]):
        message = words(ValueError("x" * before + secret + "x" * 300), redact)
    assert len(message.encode()) <= LONGEST_MESSAGE and not re.search("[G-Z]", message)


@example("0000=0000000000000", 17, "start")
@given(SECRETS, st.integers(SHORTEST_PIECE, 60), st.sampled_from(["end", "start", "middle"]))
@example(secret='"00001', size=5, where="middle")
@example(secret="000\\00", size=4, where="end")
@example(secret='00"000', size=4, where="start")
def test_a_piece_that_somebody_else_cut_off_is_masked_where_texts_are_cut(secret: str, size: int, where: str) -> None:
    size, filler = min(size, len(secret)), "\u2588" * 80
    text = {
        "end": filler + secret[:size],
        "start": "\ufffd" + secret[-size:] + filler,
        "middle": f"{secret[:size]} ... {secret[-size:]}",
    }[where]
    with redacting([secret]):
        shown = redact(text)
    assert MASK in shown and len(shown.replace(MASK, "").strip("\ufffd\u2588 .'\"\\")) < SHORTEST_PIECE


def test_a_short_text_is_not_taken_for_a_piece() -> None:
    with redacting(["running-with-scissors"]):
        assert redact({"state": "running"}) == {"state": "running"}


def _in_a_thread(said: Any) -> None:
    thread = threading.Thread(target=said)
    thread.start()
    thread.join()


@pytest.mark.parametrize("run", [lambda said: said(), _in_a_thread])
def test_what_is_printed_is_redacted_whoever_prints_it(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    def said() -> None:
        print("see", ODD)  # noqa: T201 - a plugin's
        print("see", ODD, file=sys.stderr, flush=True)  # noqa: T201
        sys.stdout.write("in " + ODD[:5])
        sys.stdout.write(ODD[5:] + "\n")
        sys.stdout.buffer.write(ODD.encode() + b"\n")
        sys.stderr.writelines([ODD, "\n"])
        print(ODD, end="")  # noqa: T201

    before = sys.stdout, sys.stderr
    with redacting([ODD]):
        run(said)
    out, err = capsys.readouterr()
    assert out == f"see {MASK}\nin {MASK}\n{MASK}\n{MASK}" and err == f"see {MASK}\n{MASK}\n"
    assert (sys.stdout, sys.stderr) == before
    print(ODD)  # noqa: T201
    assert capsys.readouterr().out == f"{ODD}\n"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_a_thread_raises_is_redacted_even_after_the_attack_is_over(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)
    go_on = threading.Event()

    def late() -> None:
        go_on.wait(10)
        raise ValueError(CANARY)

    with redacting([CANARY]):
        thread = threading.Thread(target=late)
        thread.start()
    go_on.set()
    thread.join()
    with redacting([]):
        pass
    err = capsys.readouterr().err
    assert f"ValueError: {MASK}" in err and CANARY not in err
    assert redact(CANARY) == CANARY


def test_a_log_of_any_format_is_redacted_with_its_traceback_and_its_causes() -> None:
    text, logger = StringIO(), logging.Logger("a plugin's")
    logger.addHandler(logging.StreamHandler(text))
    with redacting([ODD]):
        try:
            try:
                raise KeyError(ODD)
            except KeyError as error:
                raise ValueError([ODD]) from error
        except ValueError:
            logger.exception("with %r and %s", {"arguments": ODD}, ODD, stack_info=True)
    said = text.getvalue()
    assert f"with {{'arguments': '{MASK}'}} and {MASK}" in said and "ValueError" in said and "5f2c" not in said


def test_a_log_of_what_cannot_be_formatted_breaks_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.Logger("a plugin's")
    logger.addHandler(logging.StreamHandler(StringIO()))
    with redacting([CANARY]):
        logger.error("%d", CANARY)
    assert CANARY not in capsys.readouterr().err


def test_a_refusal_passes_without_the_secret_and_without_it_in_what_caused_it() -> None:
    with pytest.raises(InvalidRequest, match="^no \\*{8} here$") as raised, redacting([CANARY]):
        try:
            raise ValueError(CANARY) from KeyError(CANARY)
        except ValueError as error:
            raise InvalidRequest(f"no {CANARY} here") from error
    link: BaseException | None = raised.value
    for kind in ("InvalidRequest", "ValueError", "KeyError"):
        assert link is not None and CANARY not in repr(link) and kind in repr(link)
        link = link.__cause__


def test_an_error_that_is_not_the_engines_passes_as_one_that_says_the_same_without() -> None:
    with pytest.raises(RuntimeError, match="^ValueError: no \\*{8} here$"), redacting([CANARY]):
        raise ValueError(f"no {CANARY} here")
    with pytest.raises(KeyError), redacting([CANARY]):
        raise KeyError("harmless")


def test_an_answer_that_a_plugin_chose_is_redacted() -> None:
    with pytest.raises(APIError) as raised, redacting([CANARY]):
        raise APIError(f"no {CANARY}", 404, {"key": CANARY})
    assert raised.value.to_dict() == {"msg": f"no {MASK}", "key": MASK}


def test_what_cannot_be_written_as_text_does_not_pass() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError(CANARY)

    with pytest.raises(InvalidRequest) as raised, redacting([CANARY]):
        raise InvalidRequest("x") from Mute(CANARY)
    assert CANARY not in repr(raised.value.__cause__)


def test_the_functions_own_credentials_are_redacted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "k" * 40)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "t" * 400)
    with redacting([]):
        assert redact({"env": ["k" * 40, "t" * 400]}) == {"env": [MASK, MASK]}
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with redacting([]):
        assert redact("testing") == "testing"


@pytest.mark.parametrize("where", ["end", "start"])
def test_a_piece_that_is_longer_than_most_is_masked_too(where: str) -> None:
    secret = "".join(f"{number:05d}-" for number in range(3000))
    text = {"end": "x" * 80 + secret[:9000], "start": secret[-9000:] + "x" * 80}[where]
    with redacting([secret]):
        assert redact(text) == {"end": "x" * 80 + MASK, "start": MASK + "x" * 80}[where]


SLOW: dict[str, Callable[[int], tuple[str, str]]] = {
    "one letter": lambda size: ("a" * size + "b", "a" * size + "c"),
    "a cookie": lambda size: ("a" * size + ";", "a" * size),
    "many lines": lambda size: ("line of it\n" * (size // 11), "line of i\n" * (size // 11)),
    "a hostile scheme": lambda size: ("a " * (size // 2), "a " * (size // 2)),
    "quotes": lambda size: ('"' * size + "x", '\\"' * size),
}


def redacted(secret_and_text: tuple[str, str]) -> None:
    secret, text = secret_and_text
    with redacting([secret]):
        redact({"output": text})


@pytest.mark.parametrize("kind", SLOW)
def test_the_search_is_linear_in_the_secret_and_in_the_text(kind: str) -> None:
    require_linear(redacted, SLOW[kind], 20_000)


def test_a_handler_that_writes_the_error_itself_writes_no_secret() -> None:
    written = StringIO()

    class Own(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            assert record.exc_info and record.exc_info[1]
            return f"{record.exc_info[1]!r} {record.exc_info[1].__cause__!r}"

    handler, log = logging.StreamHandler(written), logging.getLogger("a plugin's own")
    handler.setFormatter(Own())
    log.addHandler(handler)
    try:
        with redacting([CANARY]):
            try:
                raise ValueError(CANARY) from KeyError(CANARY)
            except ValueError:
                log.exception("it failed")
    finally:
        log.removeHandler(handler)
    assert MASK in written.getvalue() and CANARY not in written.getvalue()


def test_the_streams_that_python_began_with_are_redacted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    written = {name: StringIO() for name in ("__stdout__", "__stderr__")}
    for name, stream in written.items():
        monkeypatch.setattr(sys, name, stream)
    with redacting([CANARY]):
        for name in written:
            getattr(sys, name).write(f"{CANARY}\n")
    assert [stream.getvalue() for stream in written.values()] == [f"{MASK}\n"] * 2
    assert all(getattr(sys, name) is stream for name, stream in written.items())
