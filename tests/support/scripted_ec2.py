"""An EC2 of one instance on loopback, which loses the answers that a test has it lose."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"
ID, INTERFACE, VPC, GROUP, EMPTY = "i-1", "eni-1", "vpc-1", "sg-1", "sg-2"
ANYWHERE = "<ipProtocol>-1</ipProtocol><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges>"
WAYS = ("reset", "502", "500", "cut", "empty", "page")
"""How an answer is lost: the connection is reset, a proxy or EC2 itself fails, the body is cut, there is none, or it is
a page of HTML."""


@dataclass
class ScriptedEC2:
    """``lose`` is a way for each action whose answer is lost, ``without_effect`` the actions that then change nothing;
    ``asked`` are the parameters of all requests."""

    state: str = "running"
    groups: list[str] = field(default_factory=lambda: [GROUP])
    empty_group: str | None = None
    lose: dict[str, str] = field(default_factory=dict)
    without_effect: set[str] = field(default_factory=set)
    asked: list[dict[str, str]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    owners: dict[str, dict[str, str]] = field(default_factory=dict)
    url: str = ""

    def actions(self) -> list[str]:
        """The actions that were asked for, in order."""
        return [params["Action"] for params in self.asked]

    def act(self, params: dict[str, str]) -> None:
        """Change what the call changes."""
        match params["Action"]:
            case "TerminateInstances":
                self.state = "shutting-down"
            case "StopInstances":
                self.state = "stopped"
            case "StartInstances":
                self.state = "running"
            case "CreateSecurityGroup":
                self.empty_group = ANYWHERE
            case "RevokeSecurityGroupEgress":
                self.empty_group = ""
            case "ModifyNetworkInterfaceAttribute":
                self.groups = [value for name, value in params.items() if name.startswith("SecurityGroupId")]

    def answer(self, params: dict[str, str]) -> str:
        """The content of EC2's answer."""
        match params["Action"]:
            case "DescribeInstances":
                tags = "".join(f"<item><key>{key}</key><value>{self.tags[key]}</value></item>" for key in self.tags)
                return (
                    f"<reservationSet><item><instancesSet><item><instanceId>{ID}</instanceId><instanceState><name>"
                    f"{self.state}</name></instanceState><tagSet>{tags}</tagSet></item></instancesSet></item></reservationSet>"
                )
            case "DescribeNetworkInterfaces":
                names = {GROUP: "web", EMPTY: "chaosmonkey-isolated"}
                groups = "".join(
                    f"<item><groupId>{id}</groupId><groupName>{names[id]}</groupName></item>" for id in self.groups
                )
                return (
                    f"<networkInterfaceSet><item><networkInterfaceId>{INTERFACE}</networkInterfaceId><vpcId>{VPC}</vpcId>"
                    f"<groupSet>{groups}</groupSet></item></networkInterfaceSet>"
                )
            case "DescribeSecurityGroups":
                if self.empty_group is None:
                    return "<securityGroupInfo/>"
                rules = f"<item>{self.empty_group}</item>" if self.empty_group else ""
                return (
                    f"<securityGroupInfo><item><groupId>{EMPTY}</groupId><ipPermissions/><ipPermissionsEgress>{rules}"
                    "</ipPermissionsEgress></item></securityGroupInfo>"
                )
        return "<return>true</return>"


@contextmanager
def scripted_ec2() -> Iterator[ScriptedEC2]:
    """Serve one until the end of the block."""
    ec2 = ScriptedEC2()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            params = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
            ec2.asked.append(params)
            action = params["Action"]
            way = ec2.lose.get(action)
            if way is None or action not in ec2.without_effect:
                ec2.act(params)
            body = f'<{action}Response xmlns="{NAMESPACE}">{ec2.answer(params)}</{action}Response>'.encode()
            match way:
                case "reset":
                    # To close a socket that lingers for no time resets the connection.
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.close_connection = True
                    self.connection.close()
                case "502":
                    self._send(502, b"<html><body>Bad Gateway</body></html>")
                case "500":
                    self._send(
                        500, b"<R><Errors><Error><Code>InternalError</Code><Message>x</Message></Error></Errors></R>"
                    )
                case "cut":
                    self._send(200, body[: len(body) // 2], len(body))
                case "empty":
                    self._send(200, b"")
                case "page":
                    self._send(200, b"<html><body>Please sign in</body></html>")
                case _:
                    self._send(200, body)

        def _send(self, status: int, body: bytes, length: int | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = True

        def finish(self) -> None:
            if not self.connection._closed:  # type: ignore[attr-defined]  # a reset has closed it
                super().finish()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    ec2.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield ec2
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
