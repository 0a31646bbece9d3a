"""Scripts that change what others keep on the machine: hosts, services, processes. What they change, and what not."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.scripts.cases import Victim
from tests.scripts.runs import Run, until
from tests.scripts.tools import Tools

Start = Callable[..., Run]
HOSTS = """\
# orders.example.com is in Dublin
127.0.0.1 localhost
10.0.0.1\torders.example.com orders # ours
10.0.0.2 orders.example.community my-orders.example.com ordersXexample.com

10.0.0.3 pay.example.com orders.example.com"""
ROOT_NEEDED = {
    "s_null_route.sh": ["198.51.100.0/24"],
    "s_fail_dns.sh": [],
    "s_network_latency.sh": [],
    "s_network_loss.sh": [],
    "s_network_corruption.sh": [],
    "s_stop_service.sh": ["orders.service"],
}


@pytest.mark.parametrize("before", [HOSTS, HOSTS + "\n\n", "", "\n"])
def test_a_failing_host_leaves_the_hosts_file_byte_for_byte_as_it_was(before: str, place: Path, start: Start) -> None:
    hosts = place / "hosts"
    hosts.write_text(before)
    hosts.chmod(0o640)
    was = hosts.stat()
    run = start("s_fail_host.sh", "orders.example.com", "192.0.2.1", 30, env={"CHAOS_HOSTS": str(hosts)})
    until(lambda: "leads to" in run.said, "no effect", run)
    during = _names(hosts)
    assert during["orders.example.com"] == ["192.0.2.1"]
    assert during.get("localhost") == (["127.0.0.1"] if "localhost" in before else None)
    assert during.get("my-orders.example.com") == (["10.0.0.2"] if "localhost" in before else None)
    run.process.send_signal(signal.SIGTERM)
    assert run.wait() == 143
    assert hosts.read_text() == before
    assert (hosts.stat().st_ino, hosts.stat().st_mode) == (was.st_ino, was.st_mode)


def test_what_others_write_into_the_hosts_file_meanwhile_stays(place: Path, start: Start) -> None:
    hosts = place / "hosts"
    hosts.write_text(HOSTS + "\n")
    run = start("s_fail_host.sh", "orders.example.com", "::1", 30, env={"CHAOS_HOSTS": str(hosts)})
    until(lambda: "leads to" in run.said, "no effect", run)
    with hosts.open("a") as file:
        file.write("10.0.0.9 new.example.com\n")
    run.process.send_signal(signal.SIGTERM)
    assert run.wait() == 143
    assert hosts.read_text() == HOSTS + "\n10.0.0.9 new.example.com\n"


def test_two_hosts_fail_at_a_time(place: Path, start: Start) -> None:
    hosts = place / "hosts"
    hosts.write_text(HOSTS)
    runs = []
    for host in ("orders.example.com", "pay.example.com"):
        run = start("s_fail_host.sh", host, "192.0.2.1", 30, env={"CHAOS_HOSTS": str(hosts)})
        until(lambda run=run: "leads to" in run.said, "no effect", run)
        runs.append(run)
    assert [_names(hosts)[host] for host in ("orders.example.com", "pay.example.com")] == [["192.0.2.1"]] * 2
    for run in runs:
        run.process.send_signal(signal.SIGTERM)
        assert run.wait() == 143
    assert hosts.read_text() == HOSTS


def test_the_resolver_of_the_machine_follows(tmp_path: Path, place: Path, start: Start) -> None:
    """In a mount namespace, where another file is mounted on /etc/hosts."""
    hosts = place / "hosts"
    hosts.write_text("10.0.0.1 orders.example.com\n")
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode:
        pytest.skip("no mount namespace is permitted here")
    inside = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', str(hosts)]
    real = Path("/etc/hosts").read_bytes()
    run = start("s_fail_host.sh", "orders.example.com", inside=inside)
    until(lambda: "leads to" in run.said, "no effect", run)
    look = ["nsenter", "-t", str(run.process.pid), "-m", "getent", "ahosts", "orders.example.com"]
    found = {line.split()[0] for line in subprocess.check_output(look, text=True).splitlines()}
    assert found <= {"127.0.0.1", "::1"}
    assert "127.0.0.1" in found
    assert Path("/etc/hosts").read_bytes() == real


@pytest.mark.parametrize(
    "host, address", [("a b", "::1"), ("/etc", "::1"), ("-x", "::1"), ("a.b", "b.c"), ("a.b", "1")]
)
def test_what_is_no_host_or_no_address_is_refused(host: str, address: str, place: Path, start: Start) -> None:
    hosts = place / "hosts"
    hosts.write_text(HOSTS)
    run = start("s_fail_host.sh", host, address, 1, env={"CHAOS_HOSTS": str(hosts)})
    assert (run.wait(), hosts.read_text()) == (2, HOSTS)


def test_a_hosts_file_that_is_not_there_is_reported(place: Path, start: Start) -> None:
    run = start("s_fail_host.sh", "orders.example.com", env={"CHAOS_HOSTS": str(place / "hosts")})
    assert run.wait() == 1
    assert run.complained == f"could not make orders.example.com fail: there is no file {place}/hosts\n"


def test_a_service_is_stopped_and_started_by_systemctl(tools: Tools, start: Start) -> None:
    tools.add_systemctl()
    assert start("s_stop_service.sh", "orders.service", 1, env=tools.first).wait() == 0
    assert tools.calls() == [
        "is-active --quiet orders.service",
        "stop orders.service",
        "start orders.service",
        "is-active --quiet orders.service",
    ]


def test_a_service_is_stopped_and_started_by_service_where_there_is_no_systemctl(tools: Tools, start: Start) -> None:
    tools.add("service", f'echo "$*" >>"{tools.log}"')
    env = tools.alone("sh", "id", "setsid", "sleep")
    if shutil.which("systemctl", path="/usr/sbin:/sbin"):
        pytest.skip("this machine has a systemctl where the script looks for one")
    assert start("s_stop_service.sh", "orders", 1, env=env).wait() == 0
    assert tools.calls() == ["orders status", "orders stop", "orders start", "orders status"]


def test_a_service_that_does_not_run_is_not_started(tools: Tools, start: Start) -> None:
    tools.add_systemctl().write_text("stopped")
    run = start("s_stop_service.sh", "orders.service", 1, env=tools.first)
    assert run.wait() == 1
    assert run.complained == "could not stop the service orders.service: it does not run\n"
    assert tools.calls() == ["is-active --quiet orders.service"]


def test_a_service_that_does_not_stop_is_started_again(tools: Tools, start: Start) -> None:
    tools.add("systemctl", f'echo "$*" >>"{tools.log}"; [ "$1" != stop ] || {{ echo busy >&2; exit 1; }}')
    run = start("s_stop_service.sh", "orders.service", 30, env=tools.first)
    assert run.wait() == 1
    assert run.complained == "could not stop the service orders.service: busy\n"
    assert tools.calls()[-1] == "start orders.service"
    until(run.is_gone, "its processes go on")


def test_what_cannot_be_undone_is_reported_with_the_command_that_does_it(tools: Tools, start: Start) -> None:
    tools.add("systemctl", '[ "$1" != start ]')
    run = start("s_stop_service.sh", "orders.service", 1, env=tools.first)
    assert run.wait() == 1
    assert run.complained == "could not undo it, do so by hand: systemctl start 'orders.service'\n"


def test_when_the_undoing_is_killed_the_script_undoes(tools: Tools, start: Start) -> None:
    state = tools.add_systemctl()
    run = start("s_stop_service.sh", "orders.service", 30, env=tools.first)
    until(lambda: state.read_text() == "stopped", "no effect", run)
    undoing = [p for p in run.processes() if b"left=30" in (p / "cmdline").read_bytes()]
    os.kill(int(undoing[0].name), signal.SIGKILL)
    assert run.wait() == 0
    assert state.read_text() == "running"


@pytest.mark.parametrize("script", ROOT_NEEDED)
def test_without_root_it_says_so_and_does_nothing(script: str, tools: Tools, start: Start) -> None:
    tools.add("id", "echo 1000")
    tools.add("sudo", "exit 1")
    run = start(script, *ROOT_NEEDED[script], env=tools.first)
    assert run.wait() == 1
    assert run.complained.endswith(": it needs root, or sudo without a password\n")


def test_root_is_had_by_sudo_where_it_asks_for_no_password(tools: Tools, start: Start) -> None:
    state = tools.add_systemctl()
    tools.add("id", 'echo "${ROOT:-1000}"')
    tools.add("sudo", '[ "$1" = -n ] && shift && ROOT=0 exec env "$@"')
    run = start("s_stop_service.sh", "orders.service", 30, env=tools.first)
    until(lambda: state.read_text() == "stopped", "no effect", run)


def test_what_is_started_anew_is_killed_again(victims: Callable[..., Victim], start: Start) -> None:
    first = victims()
    run = start("s_kill_processes.sh", first.name, 30)
    until(first.is_dead, "it lives", run)
    second = victims(first.name)
    until(second.is_dead, "it lives", run)
    run.process.send_signal(signal.SIGTERM)
    assert run.wait() == 143
    assert "stopped: killed 2 processes" in run.said


def test_only_the_exact_name_is_meant(victims: Callable[..., Victim], start: Start) -> None:
    meant = victims()
    others = [victims(f"{meant.name}x"), victims(meant.name[:-1])]
    assert start("s_kill_processes.sh", meant.name, 1).wait() == 0
    assert meant.is_dead()
    assert not any(other.is_dead() for other in others)


def test_a_pattern_is_one_of_the_whole_command_line(victims: Callable[..., Victim], place: Path, start: Start) -> None:
    meant, other = victims(None, "61.5"), victims(None, "60")
    run = start("s_kill_processes.sh", f"{place}/* 61.?", 1)
    assert (run.wait(), run.complained) == (0, "")
    assert meant.is_dead()
    assert not other.is_dead()


def test_it_spares_itself_its_parents_and_sshd(victims: Callable[..., Victim], place: Path, start: Start) -> None:
    """The command lines of the script, and of the shell that waits for it, match as well."""
    meant, sshd = victims(), victims("sshd")
    inside = ["sh", "-c", '"$@"; exit $?', str(place)]
    run = start("s_kill_processes.sh", f"*{place}/*", 1, inside=inside)
    assert (run.wait(), run.complained) == (0, "")
    assert "done: killed 1 processes" in run.said
    assert meant.is_dead()
    assert not sshd.is_dead()


def test_where_there_is_none_to_kill_it_says_so(start: Start) -> None:
    run = start("s_kill_processes.sh", "n-o-b-o-d-y", 1)
    assert (run.wait(), run.complained) == (1, "could not kill processes: there was none\n")


@pytest.mark.parametrize("processes", ["*", "?*", "-9", "longer-than-15-chars"])
def test_everything_and_what_cannot_be_a_name_is_refused(processes: str, start: Start) -> None:
    run = start("s_kill_processes.sh", processes, 1)
    assert run.wait() == 2
    assert "usage: " in run.complained


@pytest.fixture
def victims(place: Path) -> Iterator[Callable[..., Victim]]:
    started: list[Victim] = []

    def one_more(*what: str | None) -> Victim:
        started.append(Victim(place, *what))
        return started[-1]

    yield one_more
    for victim in started:
        victim.end()


def _names(hosts: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in hosts.read_text().splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        for name in names:
            found.setdefault(name, []).append(address)
    return found
