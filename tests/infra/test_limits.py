"""A stage may limit attacks that there are, and no others."""

import json
import re

import pytest

from infra.doctor.checkup import THEN
from infra.errors import InfraError
from infra.stage.generate import generate
from infra.stage.limits import limited
from infra.stage.stages import Stage

CAP = {"max_attacks_per_day": 5}
TERMINATE = "terminate_ec2_instance:TerminateEC2Instance"


def stage(*refs: str, **environment: str) -> Stage:
    limits = json.dumps(dict.fromkeys(refs, CAP))
    return Stage(name="dev", environment={"ATTACK_LIMITS": limits, **environment}, log_days=1)


def test_attacks_that_there_are_may_be_limited_in_either_spelling() -> None:
    assert limited(stage(TERMINATE, "api_request.ApiRequest")) == [TERMINATE, "api_request:ApiRequest"]
    assert limited(stage()) == []


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (stage("terminate_ec2_instance:Terminate"), "limits nothing by 'terminate_ec2_instance:Terminate'"),
        (stage(TERMINATE, "nope"), "limits nothing by 'nope'"),
        (
            stage("terminate_ec2_instance_not_excluded:TerminateEC2InstanceNotExcluded"),
            "write it as 'terminate_ec2_instance:TerminateEC2InstanceNotExcluded'",
        ),
        (stage(MIN_GAP_MINUTES="soon"), "the settings of dev: MIN_GAP_MINUTES"),
    ],
)
def test_others_are_refused_by_generate_and_by_the_doctor(wrong: Stage, why: str) -> None:
    with pytest.raises(InfraError) as caught:
        THEN["limits"](lambda service: pytest.fail(f"{service} is not asked"), wrong)
    assert why in str(caught.value)
    with pytest.raises(InfraError, match=re.escape(str(caught.value))):
        generate([wrong], check=True)
