"""The names of EC2's filters."""

import re

import botocore.session
import pytest

from chalicelib.domain.ec2_filters import DOCUMENTED, STATES, filter_fault, state_fault


def test_every_filter_that_botocore_documents_is_accepted() -> None:
    model = botocore.session.get_session().get_service_model("ec2")
    document = model.operation_model("DescribeInstances").input_shape.members["Filters"].documentation
    documented = set(re.findall(r"<code>([a-z0-9.-]+)</code> -", document))
    assert len(documented) > 100 and documented == DOCUMENTED


@pytest.mark.parametrize(
    "name", ["tag:Chaos", "tag: ", "tag:a:b", "tag:ñ", "tag-key", "instance-state-name", "group-id", "vpc-id"]
)
def test_a_filter_of_ec2_has_no_fault(name: str) -> None:
    assert filter_fault(name) is None


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("tags:Chaos", "tag:Chaos"),
        ("Tag:Chaos", "tag:Chaos"),
        ("tga:Chaos", "tag:Chaos"),
        ("Chaos", "tag:Chaos"),
        ("Team", "tag:Team"),
        ("instance_type", "instance-type"),
        ("InstanceType", "instance-type"),
        ("Instance-State-Name", "instance-state-name"),
        ("vpcid", "vpc-id"),
        ("tag:", None),
        ("tag", None),
        ("", None),
    ],
)
def test_the_refusal_of_any_other_names_the_nearest_that_there_is(name: str, meant: str | None) -> None:
    fault = filter_fault(name)
    assert fault and (fault.nearest == meant or (meant is None and fault.nearest in (None, "tag-key")))


def test_every_state_that_botocore_knows_is_accepted_and_so_are_wildcards() -> None:
    model = botocore.session.get_session().get_service_model("ec2")
    assert set(model.shape_for("InstanceStateName").enum) == {*STATES}
    assert not any(map(state_fault, (*STATES, "*", "run*", "stopp???")))


@pytest.mark.parametrize(
    ("state", "meant"), [("runing", "running"), ("Running", "running"), ("stop", None), ("", None)]
)
def test_a_state_that_no_instance_is_ever_in_is_a_fault_with_the_nearest_one(state: str, meant: str | None) -> None:
    fault = state_fault(state)
    assert fault and (meant is None or fault.nearest == meant)
