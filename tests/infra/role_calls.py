"""What each function's role has to be able to do, and what none may: the table that policies and roles are held to.

Written by hand and not made from the policies, so that what slips into a policy is not what it is held to.
"""

import json
from typing import Any

from tests.infra import surroundings
from tests.infra.role_call import (
    ACCOUNT,
    API,
    ATTACK,
    NOBODY,
    REGION,
    RESOLVE,
    ROLES,
    SWEEP,
    WRITERS,
    RoleCall,
    on_paper,
    role_call,
)


def role_calls(stage: str) -> list[RoleCall]:
    """The table, for the resources of that stage."""
    name, other = f"chaosmonkey-{stage}", "chaosmonkey-other"
    return [
        *_logs(name),
        *_table(name, other),
        *_schedules(name, other),
        *_functions(name),
        *surroundings.secrets(stage, name),
        *surroundings.queue_and_events(name),
        *surroundings.machines(),
        *surroundings.account(stage, name),
    ]


def _logs(name: str) -> list[RoleCall]:
    """The local AWS leaves out the end of a log group's ARN, so that there nobody writes to one. On AWS all do."""
    found = []
    for role in ROLES:
        group = f"/aws/lambda/{name}" + ("" if role == API else f"-{role}")
        stream = f"log-group:{group}:log-stream:nobody"
        found += [
            on_paper("logs:CreateLogStream", {role}, stream),
            on_paper("logs:PutLogEvents", {role}, stream),
            role_call("logs:GetLogEvents", NOBODY, stream, logGroupName=group, logStreamName="nobody"),
        ]
    return [*found, role_call("logs:DeleteLogGroup", NOBODY, f"log-group:/aws/lambda/{name}", logGroupName="nobody")]


def _table(name: str, other: str) -> list[RoleCall]:
    key = {"pk": {"S": "nobody"}, "sk": {"S": "nothing"}}
    never = {"ConditionExpression": "attribute_exists(pk)"}
    found = []
    for table, writers, menders, maker, checker in (
        (name, WRITERS, {API, SWEEP}, {API}, {ATTACK}),
        (other, NOBODY, NOBODY, NOBODY, NOBODY),
    ):
        on, rows = f"table/{table}", {"TableName": table}
        check = {**rows, "Key": key, "ConditionExpression": "attribute_not_exists(pk)"}
        found += [
            role_call("dynamodb:ConditionCheckItem", checker, on, TransactItems=[{"ConditionCheck": check}]),
            role_call("dynamodb:BatchGetItem", writers, on, RequestItems={table: {"Keys": [key]}}),
            role_call("dynamodb:UpdateItem", writers, on, **rows, Key=key, **never),
            role_call("dynamodb:DeleteItem", menders, on, **rows, Key=key),
            role_call("dynamodb:BatchWriteItem", menders, on, RequestItems={table: [{"DeleteRequest": {"Key": key}}]}),
            role_call("dynamodb:PutItem", maker, on, **rows, Item=key, **never),
            role_call("dynamodb:GetItem", NOBODY, on, **rows, Key=key),
            role_call("dynamodb:Scan", NOBODY, on, **rows),
            role_call("dynamodb:DescribeTable", NOBODY, on, **rows),
            role_call("dynamodb:DeleteTable", NOBODY, on, **rows),
            *(
                role_call("dynamodb:Query", menders, f"{on}{path}", **rows, **_equals(attribute), **index)
                for attribute, path, index in (
                    ("pk", "", {}),
                    ("listed", "/index/listed", {"IndexName": "listed"}),
                    ("state_key", "/index/by_state", {"IndexName": "by_state"}),
                )
            ),
        ]
    return found


def _equals(attribute: str) -> dict[str, Any]:
    return {
        "KeyConditionExpression": "#a = :v",
        "ExpressionAttributeNames": {"#a": attribute},
        "ExpressionAttributeValues": {":v": {"S": "nobody"}},
    }


def _schedules(name: str, other: str) -> list[RoleCall]:
    target = {"Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:any", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/any"}
    found = []
    for group, roles in ((name, {API, SWEEP}), (other, NOBODY), ("default", NOBODY)):
        on, named = f"schedule/{group}/nobody", {"Name": "nobody", "GroupName": group}
        schedule = {"ScheduleExpression": "at(2090-01-01T00:00:00)", "FlexibleTimeWindow": {"Mode": "OFF"}}
        found += [
            role_call("scheduler:CreateSchedule", roles, on, **named, **schedule, Target=target),
            role_call("scheduler:UpdateSchedule", roles, on, **named, **schedule, Target=target),
            role_call("scheduler:DeleteSchedule", roles, on, **named),
            role_call("scheduler:GetSchedule", NOBODY, on, **named),
        ]
    role = f"arn:aws:iam::{ACCOUNT}:role"
    others = [f"{role}/{each}" for each in (f"{name}-attack", f"{other}-scheduler", "admin")]
    return [
        *found,
        role_call("scheduler:ListSchedules", NOBODY, GroupName=name),
        role_call("scheduler:DeleteScheduleGroup", NOBODY, f"schedule-group/{name}", Name=name),
        # The local AWS asks for neither.
        on_paper("iam:PassRole", {API, SWEEP}, f"{role}/{name}-scheduler"),
        *(on_paper("iam:PassRole", NOBODY, each) for each in others),
    ]


def _functions(name: str) -> list[RoleCall]:
    payload = json.dumps({"executor_id": "0" * 32 + "-0000", "due": "2090-01-01T00:00:00+00:00"})
    found = []
    for role in ROLES:
        function = name + ("" if role == API else f"-{role}")
        on, named = f"function:{function}", {"FunctionName": function}
        found += [
            role_call(
                "lambda:InvokeFunction", {API} if role in (ATTACK, RESOLVE) else NOBODY, on, **named, Payload=payload
            ),
            role_call("lambda:UpdateFunctionConfiguration", NOBODY, on, **named, Description="x"),
            role_call("lambda:UpdateFunctionCode", NOBODY, on, **named, S3Bucket="nobody", S3Key="nothing"),
        ]
    return found
