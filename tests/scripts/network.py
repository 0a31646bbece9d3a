"""Two network namespaces of the test's own: a machine, and all that it can reach."""

import ctypes
import os
import shutil
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TypeVar

from tests.scripts.runs import until

T = TypeVar("T")

_CLONE_NEWNET = 0x40000000
_PATH = f"/usr/sbin:/sbin:{os.environ['PATH']}"
_PATIENCE = 0.4
"""Seconds that an answer from the same machine may take."""


def ip(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["ip", *arguments], capture_output=True, text=True, check=True, env={"PATH": _PATH})


@cache
def spared() -> str | None:
    """Why there can be no network namespace here."""
    if not shutil.which("ip", path=_PATH):
        return "no network namespace: there is no ip (iproute2) here"
    name = f"chaos-{uuid.uuid4().hex[:8]}"
    try:
        ip("netns", "add", name)
    except subprocess.CalledProcessError as error:
        return f"no network namespace is permitted here: {error.stderr.strip()}"
    try:
        ip("-n", name, "link", "add", "eth7", "type", "veth", "peer", "name", "peer")
    except subprocess.CalledProcessError as error:
        return f"no network interface can be made in a namespace here: {error.stderr.strip()}"
    finally:
        ip("netns", "delete", name)
    return None


class Network:
    """The machine has 192.0.2.2 and fd00::2 on eth7, and a default route to the other side, which answers whatever is
    sent to its addresses, by UDP and TCP, on ports 53 and 5353. The network of whoever runs the tests is not touched.
    """

    interface = "eth7"

    def __init__(self) -> None:
        self.machine, self._others = (f"chaos-{uuid.uuid4().hex[:8]}" for _ in range(2))
        ip("netns", "add", self.machine)
        ip("netns", "add", self._others)
        ip("-n", self.machine, "link", "add", "eth7", "type", "veth", "peer", "name", "eth8", "netns", self._others)
        for name, interface in ((self.machine, "eth7"), (self._others, "eth8")):
            ip("-n", name, "link", "set", interface, "addrgenmode", "none")
            ip("-n", name, "link", "set", interface, "up")
        for name, interface, address in ((self.machine, "eth7", "2"), (self._others, "eth8", "1")):
            ip("-n", name, "link", "set", "lo", "up")
            ip("-n", name, "addr", "add", f"192.0.2.{address}/24", "dev", interface)
            ip("-n", name, "addr", "add", f"fd00::{address}/64", "dev", interface, "nodad")
        ip("-n", self.machine, "route", "add", "default", "via", "192.0.2.1")
        ip("-n", self.machine, "route", "add", "default", "via", "fd00::1")
        for address in ("198.51.100.7/32", "2001:db8::7/128"):
            ip("-n", self._others, "addr", "add", address, "dev", "lo")
        self._servers = [_inside(self._others, lambda port=port: _listeners(port)) for port in (53, 5353)]
        for udp, _ in self._servers:
            threading.Thread(target=_echo, args=(udp,), daemon=True).start()
        for address in ("192.0.2.1", "fd00::1"):
            until(lambda address=address: self.answers(address, 5353), "the namespaces do not reach each other")

    @property
    def inside(self) -> list[str]:
        """What a command must begin with, to be run on the machine."""
        return _entering(self.machine)

    @property
    def outside(self) -> list[str]:
        """What a command must begin with, to be run beside the machine."""
        return _entering(self._others)

    def run(self, *command: str) -> str:
        done = subprocess.run([*self.inside, *command], capture_output=True, text=True, check=True, env={"PATH": _PATH})
        return done.stdout

    def queueing(self) -> str:
        return self.run("tc", "qdisc", "show", "dev", self.interface)

    def answers(self, address: str, port: int, patience: float = _PATIENCE) -> bool:
        """Whether a packet from the machine comes back."""
        return self.round_trip(address, port, patience) is not None

    def round_trip(self, address: str, port: int, patience: float = _PATIENCE) -> float | None:
        with _inside(self.machine, lambda: socket.socket(_family(address), socket.SOCK_DGRAM)) as client:
            client.settimeout(patience)
            begun = time.monotonic()
            try:
                client.sendto(b"there?", (address, port))
                client.recv(100)
            except OSError:
                return None
            return time.monotonic() - begun

    def connects(self, address: str, port: int) -> bool:
        with _inside(self.machine, lambda: socket.socket(_family(address), socket.SOCK_STREAM)) as client:
            client.settimeout(_PATIENCE)
            return client.connect_ex((address, port)) == 0

    def remove(self) -> None:
        for udp, tcp in self._servers:
            udp.shutdown_and_close()
            tcp.close()
        ip("netns", "delete", self.machine)
        ip("netns", "delete", self._others)


def _entering(name: str) -> list[str]:
    return [str(shutil.which("ip", path=_PATH)), "netns", "exec", name]


class _Echo(socket.socket):
    def shutdown_and_close(self) -> None:
        """Wake the thread that waits for a packet."""
        with suppress(OSError):  # it is connected to nobody, which does not keep it from waking
            self.shutdown(socket.SHUT_RDWR)
        self.close()


def _listeners(port: int) -> tuple[_Echo, socket.socket]:
    udp = _Echo(socket.AF_INET6, socket.SOCK_DGRAM)
    udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    udp.bind(("::", port))
    return udp, socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)


def _echo(udp: socket.socket) -> None:
    while True:
        try:
            packet, sender = udp.recvfrom(100)
            if not sender:
                return
            udp.sendto(packet, sender)
        except OSError:
            return


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _inside(name: str, make: Callable[[], T]) -> T:
    """What that makes in a namespace: a socket stays in the one it was made in, a thread can be in one of its own."""
    made: list[T] = []

    def enter_and_make() -> None:
        with Path("/run/netns", name).open() as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), f"cannot enter the namespace {name}")
        made.append(make())

    thread = threading.Thread(target=enter_and_make)
    thread.start()
    thread.join()
    return made[0]
