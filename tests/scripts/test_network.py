"""Scripts that break the network: what goes through and what does not, seen from a namespace of the test's own."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scripts.network import Network
from tests.scripts.runs import Run, until
from tests.scripts.tools import Tools

Start = Callable[..., Run]
NETEM = ["s_network_latency.sh", "s_network_loss.sh", "s_network_corruption.sh"]


@pytest.mark.parametrize("cut, address", [("198.51.100.0/24", "198.51.100.7"), ("2001:db8::/32", "2001:db8::7")])
def test_a_null_route_cuts_that_network_and_no_other(cut: str, address: str, network: Network, start: Start) -> None:
    assert network.answers(address, 5353)
    run = start("s_null_route.sh", cut, 30, inside=network.inside)
    until(lambda: f"nothing gets to {cut}" in run.said, "no effect", run)
    assert not network.answers(address, 5353)
    assert not network.connects(address, 5353)
    assert network.answers("192.0.2.1", 5353)
    assert network.answers("fd00::1", 5353)


def test_a_null_route_leaves_a_route_that_was_there_alone(network: Network, start: Start) -> None:
    network.run("ip", "route", "add", "blackhole", "198.51.100.0/24")
    run = start("s_null_route.sh", "198.51.100.0/24", 30, inside=network.inside)
    assert run.wait() == 1
    assert "could not null the route to 198.51.100.0/24: RTNETLINK answers: File exists" in run.complained
    until(run.is_gone, "its processes go on")
    assert network.run("ip", "route", "show", "type", "blackhole").strip() == "blackhole 198.51.100.0/24"


def test_a_second_null_route_does_not_undo_the_first(network: Network, start: Start) -> None:
    first = start("s_null_route.sh", "198.51.100.0/24", 30, inside=network.inside)
    until(lambda: "nothing gets to" in first.said, "no effect", first)
    second = start("s_null_route.sh", "198.51.100.0/24", 1, inside=network.inside)
    assert second.wait() == 1
    assert "another run has done so" in second.complained
    assert not network.answers("198.51.100.7", 5353)


@pytest.mark.parametrize("everything", ["0.0.0.0/0", "::/0", "10.0.0.0/00", "10.0.0.1", "default", "10.0.0.0/8/8"])
def test_a_null_route_is_for_a_network_and_not_for_everything(everything: str, start: Start) -> None:
    run = start("s_null_route.sh", everything, 1)
    assert run.wait() == 2
    assert "usage: " in run.complained


@pytest.mark.parametrize("lacking", [[], ["nft"]], ids=["nft", "iptables"])
def test_dns_is_cut_on_the_way_out_and_nothing_else_is(
    lacking: list[str], network: Network, tools: Tools, start: Start
) -> None:
    for name in lacking:
        tools.add(name, "exit 1")
    before = _rules(network)
    run = start("s_fail_dns.sh", 30, inside=network.inside, env=tools.first)
    until(lambda: "DNS is cut" in run.said or run.is_over(), "no effect", run)
    way = "iptables" if lacking else "nft"
    if f"by {way}" not in run.said:
        pytest.skip(f"{way} does not work here: {run.said}{run.complained}")
    for address in ("192.0.2.1", "fd00::1"):
        assert not network.answers(address, 53)
        assert not network.connects(address, 53)
        assert network.answers(address, 5353)
        assert network.connects(address, 5353)
    run.process.send_signal(signal.SIGTERM)
    assert run.wait() == 143
    for address in ("192.0.2.1", "fd00::1"):
        assert network.answers(address, 53)
        assert network.connects(address, 53)
    assert _rules(network) == before


def test_where_there_are_no_rules_the_name_servers_are_cut_off(
    network: Network, tools: Tools, place: Path, start: Start
) -> None:
    tools.add("nft", "exit 1")
    tools.add("iptables", "exit 1")
    resolv = place / "resolv.conf"
    resolv.write_text("search example.com\nnameserver 127.0.0.53\nnameserver 192.0.2.1\n")
    env = {**tools.first, "CHAOS_RESOLV_CONF": str(resolv)}
    run = start("s_fail_dns.sh", 30, inside=network.inside, env=env)
    until(lambda: "DNS is cut by blackhole routes" in run.said, "no effect", run)
    assert not network.answers("192.0.2.1", 53)
    run.process.kill()
    run.wait()
    until(lambda: network.answers("192.0.2.1", 53), "it is not undone")

    resolv.write_text("nameserver 127.0.0.53\n")
    refused = start("s_fail_dns.sh", 30, inside=network.inside, env=env)
    assert refused.wait() == 1
    assert "neither nft nor iptables works here" in refused.complained


@pytest.mark.parametrize("script", NETEM)
def test_a_queueing_discipline_that_somebody_set_is_not_touched(
    script: str, network: Network, tools: Tools, start: Start
) -> None:
    tools.add_tc()
    network.run("tc", "qdisc", "add", "dev", "eth7", "root", "tbf", "rate", "8mbit", "burst", "20kb", "latency", "50ms")
    before = network.queueing()
    run = start(script, inside=network.inside, env=tools.first)
    assert run.wait() == 1
    assert "eth7 has a queueing discipline that somebody set: qdisc tbf" in run.complained
    assert network.queueing() == before


@pytest.mark.parametrize("script", NETEM)
def test_without_a_default_route_the_interface_must_be_named(
    script: str, network: Network, tools: Tools, start: Start
) -> None:
    tools.add_tc()
    network.run("ip", "route", "del", "default")
    network.run("ip", "-6", "route", "del", "default")
    refused = start(script, inside=network.inside, env=tools.first)
    assert refused.wait() == 1
    assert "there is no default route: name the interface in CHAOS_INTERFACE" in refused.complained
    run = start(script, inside=network.inside, env={**tools.first, "CHAOS_INTERFACE": "eth7"})
    until(lambda: " on eth7 for 60 s" in run.said, "no effect", run)
    assert "noqueue 0:" not in network.queueing()


@pytest.mark.parametrize("name", ["eth9", "lo; id", "-s"])
def test_an_interface_that_is_none_is_reported(name: str, network: Network, start: Start) -> None:
    run = start("s_network_loss.sh", 7, 1, inside=network.inside, env={"CHAOS_INTERFACE": name})
    assert run.wait() == 1
    assert "could not lose packets: " in run.complained


@pytest.mark.parametrize(
    "script, arguments, asked",
    [
        ("s_network_latency.sh", [300, 20], "netem delay 300ms 20ms"),
        ("s_network_loss.sh", [40], "netem loss 40%"),
        ("s_network_corruption.sh", [3], "netem corrupt 3%"),
    ],
)
def test_tc_is_asked_for_what_was_meant(
    script: str, arguments: list[int], asked: str, network: Network, tools: Tools, start: Start
) -> None:
    tools.add_tc()
    run = start(script, *arguments, 30, inside=network.inside, env=tools.first)
    until(lambda: " on eth7 for 30 s" in run.said, "no effect", run)
    run.process.send_signal(signal.SIGTERM)
    assert (run.wait(), run.complained) == (143, "")
    _, added, deleted = tools.calls()
    handle = added.split()[6]
    assert added == f"qdisc add dev eth7 root handle {handle} {asked}"
    assert deleted == f"qdisc del dev eth7 root handle {handle}"


def test_packets_are_late(network: Network, netem: None, start: Start) -> None:
    run = start("s_network_latency.sh", 200, 0, 30, inside=network.inside)
    until(lambda: "delaying by 200 ms" in run.said, "no effect", run)
    begun = time.monotonic()
    assert network.answers("192.0.2.1", 5353, patience=5)
    assert time.monotonic() - begun >= 0.2


def test_packets_are_lost(network: Network, netem: None, start: Start) -> None:
    run = start("s_network_loss.sh", 100, 30, inside=network.inside)
    until(lambda: "losing 100 %" in run.said, "no effect", run)
    assert not network.answers("192.0.2.1", 5353)


def test_packets_are_corrupted(network: Network, netem: None, start: Start) -> None:
    run = start("s_network_corruption.sh", 100, 30, inside=network.inside)
    until(lambda: "corrupting 100 %" in run.said, "no effect", run)
    assert "corrupt 100%" in network.queueing()


@pytest.fixture
def netem(network: Network) -> None:
    try:
        network.run("tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms")
    except subprocess.CalledProcessError:
        pytest.skip("this kernel has no netem (sch_netem): its effect on packets cannot be shown here")


def _rules(network: Network) -> str:
    """What iptables shows comes with tables that it makes when it is first used: by this, at the latest."""
    first_use = "for tables in iptables ip6tables; do $tables -w -P OUTPUT ACCEPT; done"
    listing = "nft list ruleset; iptables-save; ip6tables-save"
    return network.run("sh", "-c", f"{{ {first_use}; {listing}; }} 2>/dev/null | sed '/^#/d; s/\\[.*\\]//'")
