"""No word of a plan is an option, an assignment or a program on the machine that RunScript attacks."""

import os
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.domain.errors import InvalidRequest
from chalicelib.drivers.ssh import host_keys, remote_command, script_environment, session
from plugins.attacks.run_script import RunScript
from tests.plugins.ssh_server import USER, Server, pem, public, serving
from tests.plugins.test_run_script import args

CANARY = b'#!/bin/sh\nprintf "%s\\n" "$0" "$#" "$@"; env | grep -a "^CHAOS_" | LC_ALL=C sort\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("sshd")) as made:
        yield made


def run(server: Server, path: str, arguments: list[str], environment: dict[str, str]) -> str:
    on = session.Machine(
        address=server.address,
        port=server.port,
        user=USER,
        key=pem(server.key),
        trust=host_keys.parse([public(server.host_key)]),
    )
    made = session.Script(content=CANARY, path=path, seconds=20, arguments=arguments, environment=environment)
    return str(session.run(made, on=on)["output"])


def printed(path: str, arguments: list[str], environment: dict[str, str]) -> str:
    lines = [path, str(len(arguments)), *arguments, *sorted(f"{name}={environment[name]}" for name in environment)]
    return "".join(f"{line}\n" for line in lines)


def test_a_script_whose_name_looks_like_an_assignment_is_what_runs(server: Server, tmp_path: Path) -> None:
    path, arguments = str(tmp_path / "a=b"), ["sh", "-c", f"touch {tmp_path}/ran"]
    assert run(server, path, arguments, {}) == printed(path, arguments, {})
    assert not (tmp_path / "ran").exists()


HOSTILE = [
    *(
        "-c",
        "--",
        "-",
        "-i",
        "--help",
        "-u",
        "-S",
        "--split-string=id",
        "sh",
        "env",
        "exec",
        "sudo",
        "A=b",
        "=",
        "PATH=/",
    ),
    *("'", '"', "\\", "$0", "$@", "$(touch {ran})", "`touch {ran}`", ";touch {ran};", "|touch {ran}", "&touch {ran}&"),
    *(
        ">{ran}",
        "touch {ran}",
        "'; touch {ran}; '",
        '"; touch {ran}; "',
        "x\\'; touch {ran}; #",
        "!!",
        "*",
        "~",
        "{{a,b}}",
    ),
    *("%s", "begun-", "ended-", "ñ", "\u0101\u0088", "\u2028", "😀", " ", ""),
]
ANYTHING = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12)
WORDS = st.lists(st.sampled_from(HOSTILE) | ANYTHING, max_size=5).map("".join)
NAMES = st.from_regex(r"CHAOS_[A-Za-z0-9_]{1,8}", fullmatch=True)
FILES = WORDS.filter(lambda word: 0 < len(word.encode()) < 200 and "/" not in word and word.strip("."))


@settings(max_examples=20, deadline=None)
@given(file=FILES, arguments=st.lists(WORDS, max_size=6), environment=st.dictionaries(NAMES, WORDS, max_size=3))
def test_a_script_runs_alone_and_gets_exactly_its_words(
    server: Server, file: str, arguments: list[str], environment: dict[str, str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ran = f"{folder}/ran"
        path = f"{folder}/{file.replace('{ran}', '').replace('{{', '{')}x"
        arguments = [each.replace("{ran}", ran) for each in arguments]
        environment = {name: value.replace("{ran}", ran) for name, value in environment.items()}
        assert run(server, path, arguments, environment) == printed(path, arguments, environment)
        assert os.listdir(folder) == []


@given(path=WORDS, arguments=st.lists(WORDS), environment=st.dictionaries(NAMES, WORDS))
def test_a_script_never_runs_as_an_option(path: str, arguments: list[str], environment: dict[str, str]) -> None:
    lines = remote_command.standard_input(path, arguments, environment).decode().split("\n")
    place = lines[1]
    assert place.startswith(("/", "./"))
    assert lines[2 : 3 + len(environment)] == ["env", *(f"{name}={value}" for name, value in environment.items())]
    assert lines[3 + len(environment) :] == ["sh", "-c", 'exec "$0" "$@"', place, *arguments, ""]


def test_the_command_line_is_the_same_for_every_plan() -> None:
    words = shlex.split(remote_command.command("marker"))
    assert (words[:3], words[4:]) == (["exec", "sh", "-c"], ["sh", "marker"])
    assert not set(words[3]) & set("'\\!\n")
    assert len(words[3]) < 100


@pytest.mark.parametrize("word", ["a\nb", "a\0b", "\ud800"])
def test_a_word_that_is_not_one_line_of_text_is_refused_before_anything_is_connected_to(
    server: Server, word: str
) -> None:
    with pytest.raises(AttackFailed, match="nothing was run$"):
        run(server, "/tmp/s", [word], {})


@pytest.mark.parametrize("path", ["/tmp/a=b", "a=b", "/tmp/=", "/tmp/-rf", "./-rf", "/-a/b"])
def test_a_path_that_looks_like_an_assignment_or_an_option_is_refused(path: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^\$\.remote_script: it is not the path of a file"):
        RunScript.check(args(remote_script=path))


REFUSED = [
    *sorted(script_environment.NAMES),
    *("LD_PRELOAD", "LD_AUDIT", "DYLD_INSERT_LIBRARIES", "BASH_FUNC_ls", "DBUS_SYSTEM_BUS_ADDRESS", "GIT_SSH_COMMAND"),
    *(
        "LUA_INIT_5_4",
        "PERL5OPT",
        "SUDO_ASKPASS",
        "SYSTEMD_PAGER",
        "XTABLES_LIBDIR",
        "A=b",
        "-u",
        "1A",
        "",
        "A B",
        "A\n",
    ),
]


@pytest.mark.parametrize("name", REFUSED)
def test_a_variable_that_chooses_what_runs_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^\$\.env"):
        RunScript.check(args(env={name: "x"}, host_keys=["SHA256:" + "A" * 43]))
    with pytest.raises(AttackFailed, match=r"^\$\.env(?s:.)*: nothing was run$"):
        session.run(
            session.Script(content=CANARY, path="/tmp/s", seconds=1, environment={name: "x"}),
            on=session.Machine(address="127.0.0.1", user=USER, trust=host_keys.Trust(), key=args()["ssh"]["pem"]),
        )


@pytest.mark.parametrize("value", ["() { :;}; id", " () { :; }"])
def test_a_variable_that_an_old_bash_would_run_is_refused(value: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^\$\.env\.A: its value is a shell function"):
        RunScript.check(args(env={"A": value}, host_keys=["SHA256:" + "A" * 43]))


SUDO_DELETES = """
IFS CDPATH LOCALDOMAIN RES_OPTIONS HOSTALIASES NLSPATH PATH_LOCALE LD_A _RLD_A SHLIB_PATH LDR_A LIBPATH AUTHSTATE DYLD_A
KRB5_CONFIG KRB_CONF KRBCONFDIR KRBTKFILE VAR_ACE USR_ACE DLC_ACE TERMINFO TERMINFO_DIRS TERMPATH TERMCAP ENV BASH_ENV
PS4 GLOBIGNORE BASHOPTS SHELLOPTS JAVA_TOOL_OPTIONS PERLIO_DEBUG PERLLIB PERL5LIB PERL5OPT PERL5DB FPATH NULLCMD
READNULLCMD ZDOTDIR TMPPREFIX PYTHONHOME PYTHONPATH PYTHONINSPECT PYTHONUSERBASE RUBYLIB RUBYOPT
"""
"""The variables of sudo's own list (plugins/sudoers/env.c)."""


def test_every_variable_that_sudo_deletes_is_refused() -> None:
    assert [name for name in SUDO_DELETES.split() if not script_environment.fault(name)] == []


@pytest.mark.parametrize("name", ["HOME", "XDG_CONFIG_HOME", "AWS_CONFIG_FILE", "KUBECONFIG", "WGETRC", "INPUTRC"])
def test_a_variable_that_chooses_a_programs_configuration_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^\$\.env"):
        RunScript.check(args(env={name: "/tmp"}, host_keys=["SHA256:" + "A" * 43]))


@pytest.mark.parametrize("name", ["A", "_", "CHAOS_INTERFACE", "LANG", "TZ", "TMPDIR", "PGPASSWORD", "LDAP", "PATHS"])
def test_other_variables_are_accepted(name: str) -> None:
    RunScript.check(args(env={name: "x"}, host_keys=["SHA256:" + "A" * 43]))
