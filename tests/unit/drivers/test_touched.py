"""What a call names, judged by the values in it: random calls that hold an id of a protected instance, or of what
belongs to it, never get through."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.attack_failures import Spared
from chalicelib.drivers.cloud.credentials import Credentials
from chalicelib.drivers.ec2 import touched
from chalicelib.drivers.ec2.driver import RegionalEC2Driver

_DIGITS = "0a1b2c3d4e5f60718"
PROTECTED = f"i-{_DIGITS}"
PARTS = {
    f"vol-{_DIGITS}": "block-device-mapping.volume-id",
    f"eni-{_DIGITS}": "network-interface.network-interface-id",
    f"eni-attach-{_DIGITS}": "network-interface.attachment.attachment-id",
    f"eipalloc-{_DIGITS}": "network-interface.addresses.association.allocation-id",
    f"eipassoc-{_DIGITS}": "network-interface.addresses.association.association-id",
    f"sg-{_DIGITS}": "network-interface.group-id",
    f"subnet-{_DIGITS}": "subnet-id",
    f"vpc-{_DIGITS}": "vpc-id",
    "fleet-73fbd2ce-aa30-494c-8788-1cee40e8a3b1": "tag:aws:ec2:fleet-id",
    "sfr-73fbd2ce-aa30-494c-8788-1cee40e8a3b1": "tag:aws:ec2spot:fleet-request-id",
    "sir-u23ir1bq": "spot-instance-request-id",
    "203.0.113.7": "network-interface.addresses.association.public-ip",
    "10.0.0.7": "network-interface.addresses.private-ip-address",
    "2001:db8::7": "network-interface.ipv6-addresses.ipv6-address",
}
"""What belongs to the protected instance, and the filter by which EC2 finds it."""
UNCLEAR = (f"iip-assoc-{_DIGITS}", f"rtb-{_DIGITS}", f"aclassoc-{_DIGITS}", "new-0a1b2c3d")


@dataclass
class Node:
    id: str
    extra: dict[str, Any] = field(default_factory=lambda: {"tags": {}})


class Inventory(RegionalEC2Driver):
    """A driver that knows two instances, one of them protected, and reaches nobody."""

    def __init__(self) -> None:
        super().__init__(Credentials("key", "secret", None), region="eu-west-1", url="http://127.0.0.1:1")

    def _described(
        self, ids: Sequence[str] = (), filters: Mapping[str, str | Sequence[str]] | None = None
    ) -> list[Any]:
        found = [each for each in (PROTECTED, "i-2") if each in ids]
        for name, values in (filters or {}).items():
            found += [PROTECTED for value in values if PARTS.get(value) == name]
        return [Node(id, {"tags": {"chaos:protected": "true"} if id == PROTECTED else {}}) for id in found]


NAMES = st.one_of(
    st.sampled_from(["InstanceId.1", "AllocationId", "InstanceSpecification.InstanceId", "Tag.1.Value", "VolumeId"]),
    st.text("abcXYZ.123", min_size=1, max_size=20),
).filter(lambda name: name != "Action")
HARMLESS = st.one_of(st.text(max_size=20), st.integers(), st.just("i-2"))
ACTIONS = st.text("ABCdefgh", min_size=1, max_size=12).filter(lambda action: touched.changes([("Action", action)]))


@st.composite
def calls(draw: st.DrawFn, things: Sequence[str]) -> dict[str, Any]:
    """A call with one of these things somewhere in it."""
    thing = draw(st.sampled_from(things))
    around = draw(st.sampled_from(["{}", " {}", "{},i-2", "i-2 {}", "{}\n"]))
    arn = "arn:aws:ec2:eu-west-1:123456789012:any/{}"
    value: Any = (arn if draw(st.booleans()) and thing[0] not in "12" else around).format(thing)
    if draw(st.booleans()):
        value = value.encode()
    for _ in range(draw(st.integers(0, 4))):
        value = {draw(NAMES): value} if draw(st.booleans()) else [draw(HARMLESS), value]
    others = draw(st.dictionaries(NAMES, HARMLESS, max_size=4))
    return {**others, "Action": draw(ACTIONS), draw(NAMES): value}


@given(call=calls([PROTECTED, *PARTS, *UNCLEAR]))
def test_no_call_with_an_id_of_a_protected_thing_gets_through_whatever_its_parameters_are_called(
    call: dict[str, Any],
) -> None:
    driver = Inventory()
    for ask in (driver.ex_require_unspared, lambda params: driver.connection.request("/", params=params)):
        with pytest.raises(Spared):
            ask(call)


@given(call=calls([PROTECTED, *PARTS]), place=st.sampled_from(["path", "data"]))
def test_no_place_of_a_request_hides_one(call: dict[str, Any], place: str) -> None:
    from urllib.parse import urlencode

    text = urlencode(touched.pairs(call))
    given: dict[str, Any] = {"action": f"/?{text}"} if place == "path" else {"action": "/", "data": text}
    with pytest.raises(Spared):
        Inventory().connection.request(**given, params={"Action": "DescribeInstances"})


@pytest.mark.parametrize(
    "call",
    [
        {"Action": "TerminateInstances", "InstanceId.1": "i-2"},
        {"Action": "DetachVolume", "VolumeId": "vol-0123456789abcdef0"},
        {"Action": "CreateTags", "ResourceId.1": "i-2", "Tag.1.Key": "Name", "Tag.1.Value": "web-1 in eu-west-1a"},
        {
            "Action": "AuthorizeSecurityGroupIngress",
            "GroupId": "sg-2",
            "IpPermissions.1.IpRanges.1.CidrIp": "0.0.0.0/0",
        },
        {"Action": "DeregisterImage", "ImageId": "ami-0123456789abcdef0"},
    ],
)
def test_a_call_that_names_no_protected_thing_passes(call: dict[str, Any]) -> None:
    Inventory().ex_require_unspared(call)


@pytest.mark.parametrize("action", ["DescribeInstances", "GetConsoleOutput", "StartInstances", "CreateSecurityGroup"])
def test_reading_and_putting_back_are_never_refused(action: str) -> None:
    Inventory().ex_require_unspared({"Action": action, "InstanceId.1": PROTECTED})


def test_an_action_that_is_hidden_behind_a_harmless_one_counts() -> None:
    """EC2 is sent both, and which of them it takes is its own affair."""
    pairs = touched.of_request("/", {"Action": "DescribeInstances"}, "Action=TerminateInstances")
    assert touched.changes(pairs)


def test_the_longest_prefix_decides_about_every_word_with_an_ids_form() -> None:
    named = touched.named([("X", "eni-attach-1 eni-2 vol-3")])
    assert named.filters == {
        "network-interface.attachment.attachment-id": {"eni-attach-1"},
        "network-interface.network-interface-id": {"eni-2"},
        "block-device-mapping.volume-id": {"vol-3"},
    }
    assert not named.unclear


@pytest.mark.parametrize("address", ["2001:DB8::7", "2001:0db8:0:0:0:0:0:7", "2001:db8::0.0.0.7"])
def test_an_address_is_judged_however_it_is_written(address: str) -> None:
    with pytest.raises(Spared):
        Inventory().ex_require_unspared({"Action": "UnassignIpv6Addresses", "Ipv6Addresses": [address, "i-2"]})
