"""Scripts run through SSH by users with the login shells that people have, on a real server."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers.ssh import host_keys, remote_command, session
from tests.plugins.login_shells import SHELLS, People, find, people
from tests.plugins.ssh_server import pem, public

HOSTILE = [
    "x\\",
    "it's",
    '"',
    "!!",
    "!x",
    "$(id)",
    "`id`",
    "$HOME",
    "~",
    "*",
    "-n",
    "a=b",
    "",
    "\\'",
    "%s",
    "ñ\u0101",
    "(",
    "{a,b}",
]
PRINTING = '#!/bin/sh\nprintf "<%s>" "$@"; printf "%s" "$A"; echo oh >&2; exit {status}\n'


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    with people(
        tmp_path_factory.mktemp("people"),
        silent="exit 0",
        talkative="echo 'This account is closed.'; exit 0",
        masking='sh "$@"; exit 0',
        greeting='echo "Welcome to $HOME"; echo "begun-ended-0"; exec sh "$@"',
        mimicking='printf "%s\\n" "$@"; exit 0',
    ) as made:
        yield made


def machine(here: People, user: str) -> session.Machine:
    server = here.server
    return session.Machine(
        address=server.address,
        port=server.port,
        user=user,
        key=pem(server.key),
        trust=host_keys.parse([public(server.host_key)]),
    )


def script(here: People, user: str, status: int = 0) -> session.Script:
    return session.Script(
        content=PRINTING.format(status=status).encode(),
        path=str(here.home / user / "it's a $(script)"),
        seconds=20,
        arguments=HOSTILE,
        environment={"A": "b=c ' \\"},
    )


PRINTED = "".join(f"<{each}>" for each in HOSTILE) + "b=c ' \\oh\n"


def require(shell: str) -> None:
    if not find(shell):
        pytest.skip(f"there is no {shell} here")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_gets_its_arguments_whatever_the_login_shell(here: People, shell: str) -> None:
    require(shell)
    outcome = session.run(script(here, shell), on=machine(here, shell))
    assert (outcome["exit_status"], outcome["output"]) == (0, PRINTED)
    assert list((here.home / shell).glob("it's*")) == []


@pytest.mark.parametrize("shell", SHELLS)
def test_a_failing_script_fails_whatever_the_login_shell(here: People, shell: str) -> None:
    require(shell)
    with pytest.raises(AttackFailed, match="^the script ended with exit status 3$") as failure:
        session.run(script(here, shell, 3), on=machine(here, shell))
    assert failure.value.outcome["output"] == PRINTED


@pytest.mark.parametrize(
    ("user", "printed", "output"),
    [
        ("silent", "printed nothing", ""),
        ("talkative", "printed 'This account is closed.'", "This account is closed.\n"),
    ],
)
def test_a_script_that_did_not_begin_has_failed_whatever_the_exit_status(
    here: People, user: str, printed: str, output: str
) -> None:
    with pytest.raises(AttackFailed) as failure:
        session.run(script(here, user), on=machine(here, user))
    assert str(failure.value) == (
        f"the script did not begin: the user's login shell ended with exit status 0, and {printed}"
    )
    assert failure.value.outcome["output"] == output
    assert list((here.home / user).glob("it's*")) == []


def test_a_login_shell_that_repeats_its_command_is_not_taken_for_the_script(here: People) -> None:
    with pytest.raises(AttackFailed, match="^the script did not begin: ") as failure:
        session.run(script(here, "mimicking"), on=machine(here, "mimicking"))
    assert "it's" not in str(failure.value) + failure.value.outcome["output"]


def test_the_exit_status_is_the_scripts_and_not_the_login_shells(here: People) -> None:
    with pytest.raises(AttackFailed, match="^the script ended with exit status 3$"):
        session.run(script(here, "masking", 3), on=machine(here, "masking"))


def test_what_a_login_shell_prints_first_is_not_the_scripts_output(here: People) -> None:
    assert session.run(script(here, "greeting"), on=machine(here, "greeting"))["output"] == PRINTED


@pytest.mark.parametrize("shell", ["bash", "dash", "mksh", "ash", "zsh"])
def test_the_keeper_runs_in_every_shell_that_a_system_has_as_sh(shell: str, tmp_path: Path) -> None:
    require(shell)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sh").symlink_to(str(find(shell)))
    place = tmp_path / "s"
    place.write_text(PRINTING.format(status=3))
    place.chmod(0o700)
    with subprocess.Popen(
        ["sh", "-c", remote_command.command("m0")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"},
        start_new_session=True,  # the keeper ends its whole process group
    ) as process:
        assert process.stdin and process.stdout
        process.stdin.write(remote_command.standard_input(str(place), HOSTILE, {"A": "b=c ' \\"}))
        process.stdin.flush()
        assert process.stdout.read().decode() == f"begun-m0\n{PRINTED}ended-m0-3\n"
        assert process.wait(10) == 3
    assert not place.exists()
