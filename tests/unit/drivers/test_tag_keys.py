"""Keys of tags in filters, against those that machines bear."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.drivers.ec2 import tag_keys


@dataclass
class Node:
    extra: dict[str, Any]


def test_the_keys_of_filters_are_those_named_without_patterns() -> None:
    filters = {"tag:Team": "a", "tag-key": ["Owner", "Own*"], "instance-type": "t3.nano", "tag:T?": "x"}
    assert tag_keys.in_filters(filters) == ["Team", "Owner"]
    assert tag_keys.in_filters({"tag-key": "Owner"}) == ["Owner"]


def test_a_key_that_nobody_bears_in_that_case_is_named_with_the_nearest() -> None:
    borne = tag_keys.of_nodes([Node({"tags": {"tier": "db", "Name": "web"}}), Node({})])
    assert tag_keys.missing_key_warnings(
        "excluded", {"tag:Tier": "db", "tag:Name": "x", "tag:Owner": "y"}, borne, "candidate"
    ) == (
        "no candidate bears the tag Tier of excluded: there is tier, and EC2 compares keys with their case",
        "no candidate bears the tag Owner of excluded",
    )


def test_a_value_that_is_borne_only_in_another_case_is_named_with_the_nearest() -> None:
    nodes = [Node({"tags": {"Tier": "db", "Name": "Web"}}), Node({})]
    filters = {"tag:Tier": ["DB", "x"], "tag:Name": "Web", "tag:Owner": "y", "instance-type": "T3.nano", "tag-key": "X"}
    assert tag_keys.value_case_warnings("excluded", filters, nodes, "candidate") == (
        "no candidate bears the tag Tier of excluded with the value DB: there is db, and EC2 compares values with their"
        " case",
    )


@given(st.text(st.characters(codec="ascii", exclude_characters="[]*?\\"), min_size=1, max_size=20))
def test_the_pattern_of_a_key_matches_it_in_every_case(key: str) -> None:
    pattern = tag_keys.pattern(key)
    assert all(fnmatchcase(each, pattern) for each in (key, key.upper(), key.lower(), key.swapcase()))
