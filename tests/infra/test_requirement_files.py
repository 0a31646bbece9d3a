"""What is installed fits what is asked for, and what does not is reported."""

import pytest

from infra.packaging.lock import FILES, check
from infra.packaging.package import ROOT
from infra.packaging.requirement_files import asked, disagreements, misfits, pinned

DIGEST = "--hash=sha256:" + "0" * 64
FITTING = {
    "app.in": "# Why.\nrequests~=2.0  # and why\n",
    "app.txt": f"""# This file was made.
certifi==2026.1 \\
    {DIGEST}
    # via requests
requests==2.34.2 ; python_full_version < '3.13' \\
    {DIGEST} \\
    {DIGEST}
    # via
    #   -c other.txt
    #   -r app.in
""",
}


def test_the_files_of_this_project_fit() -> None:
    assert check(ROOT) == []


@pytest.mark.parametrize("name", FILES)
def test_no_address_stands_in_what_is_installed(name: str) -> None:
    text = (ROOT / f"{name}.txt").read_text()
    assert "://" not in text
    assert "--index" not in text
    assert all(pin.files for pin in pinned(text).values())


def test_each_package_is_pinned_with_who_wants_it() -> None:
    pins = pinned(FITTING["app.txt"])
    assert [(name, pin.version, pin.files) for name, pin in pins.items()] == [
        ("certifi", "2026.1", 1),
        ("requests", "2.34.2", 2),
    ]
    assert pins["certifi"].wanted_by == {"requests"}
    assert pins["requests"].wanted_by == {"-c other.txt", "-r app.in"}


def test_a_file_asks_for_what_it_includes_too() -> None:
    texts = {"app.in": "requests\n", "dev.in": "-r app.in\nPy_Test>=9  # runs tests\n"}
    assert set(asked(texts, "dev")) == {"requests", "py-test"}


def test_what_fits_is_passed_over() -> None:
    assert misfits(FITTING, "app") == []
    assert misfits({"none.in": "# Nothing.\n", "none.txt": ""}, "none") == []


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        ("app.in", "~=2.0", ">=3", "requests is 2.34.2, and requests>=3 is asked for"),
        ("app.in", "# Why.", "six", "six is not there"),
        ("app.in", "# Why.", "certifi", "certifi is asked for now"),
        ("app.in", "requests~=2.0", "certifi", "requests is not asked for any more"),
        ("app.in", "# Why.", "two words", "app: "),
        ("app.in", "# Why.", "-r missing.in", "app: there is no missing.in"),
        ("app.txt", "# via requests", "# via six", "certifi is there for what is not there"),
        ("app.txt", "    # via requests\n", "", "certifi is there for what is not there"),
        ("app.txt", f" \\\n    {DIGEST}\n    # via requests", "\n    # via requests", "certifi has no hash"),
        ("app.txt", "certifi==2026.1", "certifi>=2026.1", "'certifi>=2026.1' is no pin of one release"),
        ("app.txt", "certifi==2026.1", "certifi==2026.*", "'certifi==2026.*' is no pin of one release"),
        ("app.txt", "# This", "--no-index\n# This", "'--no-index' is no pin of one release"),
        ("app.txt", "certifi==2026.1", "certifi @ file:///tmp/certifi.whl", "is no pin of one release"),
    ],
)
def test_what_does_not_fit_is_reported(file: str, old: str, new: str, sentence: str) -> None:
    assert old in FITTING[file]
    sentences = misfits({**FITTING, file: FITTING[file].replace(old, new)}, "app")
    assert any(sentence in each for each in sentences), sentences


def test_two_files_agree_on_what_both_hold() -> None:
    first, second = pinned(f"six==1.0 {DIGEST}\n"), pinned(f"six==1.1 {DIGEST}\n")
    assert disagreements(first, first) == []
    assert disagreements(first, second) == ["six is 1.0 in one file and 1.1 in the other"]
