"""Scripts run through SSH, on a real server; each way of failing is one sentence, within its time."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import PrivateFormat

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers.ssh import host_keys, session
from chalicelib.drivers.ssh.host_keys import Trust
from chalicelib.drivers.ssh.process import LARGEST_OUTPUT
from tests.plugins.ssh_server import USER, Server, pem, public, serving, until

ANY = Trust(any_key=True)
FLOODED = "the script printed more than 8 MB"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with serving(tmp_path / "sshd") as made:
        yield made


def machine(server: Server, **changes: Any) -> session.Machine:
    made = session.Machine(
        address=server.address,
        port=server.port,
        user=USER,
        key=pem(server.key),
        trust=host_keys.parse([public(server.host_key)]),
    )
    return replace(made, **changes)


def script(path: Path, *lines: str, **changes: Any) -> session.Script:
    text = "\n".join(("#!/bin/sh", *lines, ""))
    return replace(session.Script(content=text.encode(), path=str(path), seconds=20), **changes)


def failure_of(script: session.Script, on: session.Machine, *, within: float) -> AttackFailed:
    begun = time.monotonic()
    with pytest.raises(AttackFailed) as failure:
        session.run(script, on=on)
    assert time.monotonic() - begun < within
    return failure.value


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def pid_in(file: Path) -> int:
    """The process id that a script has written to a file."""
    return int(until(lambda: file.exists() and file.read_text().strip(), f"{file} is written"))


def test_a_script_is_uploaded_run_and_removed(server: Server, tmp_path: Path) -> None:
    place, effect = tmp_path / "a folder" / "below" / "it's it", tmp_path / "effect"

    outcome = session.run(
        script(place, f"stat -c %a \"$0\" > '{effect}'", "echo done; echo oh >&2"), on=machine(server)
    )

    assert effect.read_text() == "700\n"
    assert outcome.pop("seconds") < 5
    fingerprint = host_keys.fingerprint(host_keys.parse([public(server.host_key)]).keys[0].blob)
    assert outcome == {"exit_status": 0, "output": "done\noh\n", "host_key": fingerprint}
    assert list(place.parent.iterdir()) == []


def test_arguments_and_environment_arrive_as_they_were_given(server: Server, tmp_path: Path) -> None:
    arguments = ["a b", "$(id)", "'; id; '", "-n", "*", "", "ñ"]
    outcome = session.run(
        script(
            tmp_path / "s",
            'for each in "$@"; do printf "<%s>" "$each"; done; printf "%s|" "$A" "$B"; read line; echo "<$line>"',
            arguments=arguments,
            environment={"A": "x; id", "B": "it's"},
        ),
        on=machine(server),
    )
    assert outcome["output"] == "".join(f"<{each}>" for each in arguments) + "x; id|it's|<>\n"


def test_a_relative_path_is_below_the_home_folder(server: Server, tmp_path: Path) -> None:
    folder = f".chaos-test-{os.getpid()}"
    try:
        outcome = session.run(script(Path(folder, "s"), 'echo "$0"'), on=machine(server))
        assert outcome["output"] == f"./{folder}/s\n"
    finally:
        (Path.home() / folder).rmdir()


@pytest.mark.parametrize(
    "key",
    [rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())],
    ids=["rsa", "ecdsa"],
)
def test_the_other_kinds_of_keys_open_it_too(tmp_path: Path, key: Any) -> None:
    with serving(tmp_path / "sshd", authorized=public(key)) as server:
        on = machine(server, key=pem(key, PrivateFormat.PKCS8))
        assert session.run(script(tmp_path / "s", "exit 0"), on=on)["exit_status"] == 0


def test_a_key_that_is_none_is_a_failed_attack(server: Server, tmp_path: Path) -> None:
    failure = failure_of(script(tmp_path / "s"), machine(server, key="nonsense"), within=5)
    assert str(failure).endswith(": nothing was run")
    assert "nonsense" not in str(failure)


def test_a_wrong_key(server: Server, tmp_path: Path) -> None:
    key = pem(ed25519.Ed25519PrivateKey.generate())
    failure = failure_of(script(tmp_path / "s"), machine(server, key=key), within=5)
    assert str(failure) == f"127.0.0.1 port {server.port} does not accept the key for the user {USER}"
    assert not (tmp_path / "s").exists()


def test_a_wrong_host_key_is_reported_before_anything_is_sent(server: Server, tmp_path: Path) -> None:
    other = host_keys.parse([public(ed25519.Ed25519PrivateKey.generate())])
    failure = failure_of(script(tmp_path / "s"), machine(server, trust=other), within=5)
    shown = host_keys.fingerprint(host_keys.parse([public(server.host_key)]).keys[0].blob)
    assert str(failure) == (
        f"127.0.0.1 port {server.port} is not trusted: it shows the host key {shown}, which is not among host_keys"
    )
    assert "Accepted publickey" not in server.log


def test_a_host_key_of_another_kind(server: Server, tmp_path: Path) -> None:
    other = host_keys.parse([public(rsa.generate_private_key(65537, 2048))])
    failure = failure_of(script(tmp_path / "s"), machine(server, trust=other), within=5)
    assert str(failure).endswith("is not trusted: it has no host key of the kinds in host_keys")


def test_a_closed_port(server: Server, tmp_path: Path) -> None:
    server.process.terminate()
    server.process.wait(10)
    failure = failure_of(script(tmp_path / "s"), machine(server), within=5)
    assert str(failure) == f"127.0.0.1 port {server.port} could not be reached: Connection refused"


def test_a_listener_that_says_nothing(server: Server, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        on = machine(server, port=mute.getsockname()[1], connect_seconds=1)
        failure = failure_of(script(tmp_path / "s"), on, within=5)
    assert str(failure) == f"127.0.0.1 port {on.port} did not speak SSH within 1 seconds"


def test_a_backlog_that_is_full(server: Server, tmp_path: Path) -> None:
    """Such a listener answers no connection at all, as a machine behind a dropping firewall."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        failure = failure_of(script(tmp_path / "s"), machine(server, port=port, connect_seconds=1), within=5)
        for each in waiting:
            each.close()
    assert str(failure) == f"127.0.0.1 port {port} did not answer within 1 seconds"


def test_another_protocol(server: Server, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def answer() -> None:
            connection, _ = other.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        on = machine(server, port=other.getsockname()[1])
        failure = failure_of(script(tmp_path / "s"), on, within=5)
        thread.join()
    assert str(failure).startswith(f"127.0.0.1 port {on.port} does not speak SSH: ")


def test_more_than_a_key_is_wanted(tmp_path: Path) -> None:
    with serving(
        tmp_path / "sshd", more="AuthenticationMethods publickey,password\nPasswordAuthentication yes\n"
    ) as made:
        failure = failure_of(script(tmp_path / "s"), machine(made), within=5)
    assert str(failure).endswith(f"wants more than the key of the user {USER}: password")


def test_a_script_that_hangs_is_stopped_and_may_clean_up(server: Server, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    hanging = script(
        tmp_path / "s", "trap 'echo cleaned up; exit 1' TERM", f"sleep 60 & echo $! > {pids}; wait", seconds=1
    )
    failure = failure_of(hanging, machine(server), within=6)
    assert str(failure) == "the script ran longer than its 1 seconds and was stopped"
    assert failure.outcome["output"] == "cleaned up\n"
    assert 1 <= failure.outcome["seconds"] < 5
    until(lambda: not is_alive(pid_in(pids)), "its process is gone")
    assert not (tmp_path / "s").exists()


def test_a_script_that_will_not_be_stopped_is_killed(server: Server, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    stubborn = script(tmp_path / "s", f"trap '' TERM HUP INT; echo $$ > {pids}; while :; do sleep 1; done", seconds=1)
    failure = failure_of(stubborn, machine(server), within=12)
    assert str(failure) == "the script ran longer than its 1 seconds and was stopped"
    until(lambda: not is_alive(pid_in(pids)), "it is gone")
    assert not (tmp_path / "s").exists()


def test_exit_status_3(server: Server, tmp_path: Path) -> None:
    failure = failure_of(script(tmp_path / "s", "echo no; exit 3"), machine(server), within=5)
    assert str(failure) == "the script ended with exit status 3"
    assert failure.outcome["exit_status"] == 3
    assert failure.outcome["output"] == "no\n"
    assert not (tmp_path / "s").exists()


def printing(size: int) -> str:
    return f"dd if=/dev/zero bs={size} count=1 2>/dev/null | tr '\\0' x"


def test_a_megabyte_of_output_is_kept_in_four_kilobytes(server: Server, tmp_path: Path) -> None:
    outcome = session.run(script(tmp_path / "s", printing(1_000_000), "echo; echo the end"), on=machine(server))
    assert outcome["exit_status"] == 0
    assert outcome["output"] == "x" * (4096 - 9) + "\nthe end\n"


def test_as_much_output_as_is_allowed_is_no_failure(server: Server, tmp_path: Path) -> None:
    outcome = session.run(script(tmp_path / "s", printing(LARGEST_OUTPUT)), on=machine(server))
    assert outcome["output"] == "x" * 4096


def test_ten_megabytes_of_output_are_a_failure_whatever_the_exit_status(server: Server, tmp_path: Path) -> None:
    """What is left of them may be on its way already: then the script ends by itself."""
    failure = failure_of(script(tmp_path / "s", printing(10_000_000), "exit 0"), machine(server), within=10)
    said, _, advice = str(failure).partition(": ")
    assert said in (f"{FLOODED} and was stopped", f"{FLOODED} and ended before it was stopped")
    assert advice == "let it print less, or redirect its output to a file on the machine"
    assert failure.outcome["output"] == "x" * 4096
    assert not (tmp_path / "s").exists()


def test_both_outputs_are_counted_together(server: Server, tmp_path: Path) -> None:
    half = printing(5_000_000)
    failure = failure_of(script(tmp_path / "s", half, f"{half} >&2"), machine(server), within=10)
    assert str(failure).startswith(FLOODED)


def test_a_script_that_prints_without_end_is_stopped_and_may_clean_up(server: Server, tmp_path: Path) -> None:
    effect, pids = tmp_path / "effect", tmp_path / "pids"
    flooding = script(
        tmp_path / "s",
        f"trap 'echo undone > {effect}; echo cleaned up; exit 1' TERM",
        f"echo $$ > {pids}",
        "yes",
    )
    failure = failure_of(flooding, machine(server), within=15)
    assert str(failure) == (
        f"{FLOODED} and was stopped: let it print less, or redirect its output to a file on the machine"
    )
    assert effect.read_text() == "undone\n"
    assert failure.outcome["output"].lstrip("\n").startswith("y\n")  # the last 4 KB may begin within a line
    assert "cleaned up\n" in failure.outcome["output"]
    assert len(failure.outcome["output"]) == 4096
    until(lambda: not is_alive(pid_in(pids)), "it is gone")
    assert not (tmp_path / "s").exists()


def test_a_script_that_floods_and_will_not_be_stopped_is_killed(server: Server, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    stubborn = script(tmp_path / "s", f"trap '' TERM HUP INT; echo $$ > {pids}; yes")
    failure = failure_of(stubborn, machine(server), within=15)
    assert str(failure).startswith(f"{FLOODED} and was stopped: ")
    until(lambda: not is_alive(pid_in(pids)), "it is gone")
    assert not (tmp_path / "s").exists()


def test_output_that_drips_without_end_ends_with_the_scripts_time(server: Server, tmp_path: Path) -> None:
    failure = failure_of(
        script(tmp_path / "s", "while echo y; do sleep 0.1; done", seconds=1), machine(server), within=6
    )
    assert str(failure) == "the script ran longer than its 1 seconds and was stopped"
    assert failure.outcome["output"].startswith("y\ny\n")


def test_a_script_that_leaves_something_running_is_over_when_it_ends(server: Server, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    begun = time.monotonic()
    outcome = session.run(script(tmp_path / "s", f"sleep 20 & echo $! > {pids}; echo left"), on=machine(server))
    assert time.monotonic() - begun < 5
    assert outcome["output"] == "left\n"
    os.kill(pid_in(pids), 9)


def test_a_connection_that_is_cut_takes_the_script_and_its_file_along(server: Server, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    sleeping = script(tmp_path / "s", f"echo began; echo $$ > {pids}; sleep 60")
    cutting = threading.Thread(target=lambda: (pid_in(pids), server.cut()))
    cutting.start()
    failure = failure_of(sleeping, machine(server), within=10)
    cutting.join()
    assert str(failure).startswith("the connection was lost while the script ran: ")
    assert failure.outcome["output"] in ("began\n", "")  # it may have been cut before that came
    assert failure.outcome["left_behind"] == str(tmp_path / "s")
    until(lambda: not is_alive(pid_in(pids)), "the script is gone")
    until(lambda: not (tmp_path / "s").exists(), "its file is gone")


def test_a_script_that_somebody_kills_with_its_keeper(server: Server, tmp_path: Path) -> None:
    failure = failure_of(script(tmp_path / "s", "kill -KILL 0"), machine(server), within=5)
    assert str(failure) == "the script was killed by somebody else"
    assert not (tmp_path / "s").exists()


def test_a_script_that_is_killed_alone_has_the_shells_status_for_it(server: Server, tmp_path: Path) -> None:
    failure = failure_of(script(tmp_path / "s", "kill -KILL $$"), machine(server), within=5)
    assert str(failure) == "the script ended with exit status 137"


def test_a_file_that_is_there_already_is_left_alone(server: Server, tmp_path: Path) -> None:
    (tmp_path / "s").write_text("mine")
    failure = failure_of(script(tmp_path / "s"), machine(server), within=5)
    assert (
        str(failure) == f"there is a file {tmp_path}/s on the machine already: it was left alone, and nothing was run"
    )
    assert (tmp_path / "s").read_text() == "mine"


def test_a_place_that_cannot_be_written(server: Server, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    failure = failure_of(script(tmp_path / "file" / "s"), machine(server), within=5)
    assert str(failure).startswith(f"the script could not be put at {tmp_path}/file/s: ")


def test_a_server_without_sftp(tmp_path: Path) -> None:
    with serving(tmp_path / "sshd", more="ForceCommand /bin/false\n") as made:
        failure = failure_of(script(tmp_path / "s"), machine(made), within=20)
    assert str(failure).startswith(f"the script could not be put at {tmp_path}/s: ")


@pytest.mark.parametrize("address", ["203.0.113.1", "169.254.169.254"])
def test_where_an_attack_may_not_go_nothing_is_connected_to(server: Server, tmp_path: Path, address: str) -> None:
    with pytest.raises(AttackFailed, match=f"{address} is refused"):
        session.run(script(tmp_path / "s"), on=machine(server, address=address))


def test_no_log_or_failure_shows_the_key(server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    other = pem(ed25519.Ed25519PrivateKey.generate())
    on = machine(server, key=other)
    failure = failure_of(script(tmp_path / "s"), on, within=5)
    session.run(script(tmp_path / "s"), on=machine(server))
    for shown in (caplog.text, repr(on), str(failure), repr(failure.outcome)):
        assert other[60:100] not in shown
        assert pem(server.key)[60:100] not in shown
