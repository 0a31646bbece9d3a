"""What each Lambda function may do, and nothing more: one least-privilege policy per function and stage.

Chalice's policy files know no variables, so account and Region stand as ``*`` inside an ARN; every name is spelled out.
"""

from typing import Any

from chalicelib.settings import APP
from infra.stages import Stage

Statement = dict[str, Any]
Policy = dict[str, Any]

# What a transaction does is allowed by its parts: there is no dynamodb:TransactWriteItems.
RUN = ("BatchGetItem", "UpdateItem")
REPAIR = ("BatchGetItem", "BatchWriteItem", "DeleteItem", "Query", "UpdateItem")
PLAN = (*REPAIR, "PutItem")
INDEXES = ("by_state", "listed")
SCHEDULE = ("CreateSchedule", "DeleteSchedule", "UpdateSchedule")


def policies(stage: Stage) -> dict[str, Policy]:
    """The policy of each function by the function's name in Chalice's configuration."""
    return {"api_handler": api(stage), "attack": attack(stage), "sweep": sweep(stage)}


def api(stage: Stage) -> Policy:
    """Plans and executors, their schedules, and the attack function for what fell due while its plan was made."""
    return _policy(
        _logs(stage.names.name),
        _table(stage, PLAN),
        _indexes(stage),
        *_schedules(stage),
        _allow("Deliver", ["lambda:InvokeFunction"], f"arn:aws:lambda:*:*:function:{stage.names.attack_function}"),
    )


def attack(stage: Stage) -> Policy:
    """Claims and records, and what the attacks that come along do. It makes no schedule.

    EC2 knows no resource-level permission for DescribeInstances. Roles of other accounts are assumed by the naming
    convention alone.
    """
    return _policy(
        _logs(stage.names.attack_function),
        _table(stage, RUN),
        _allow("FindInstances", ["ec2:DescribeInstances"], "*"),
        _allow("TerminateInstances", ["ec2:TerminateInstances"], "arn:aws:ec2:*:*:instance/*"),
        _allow("OtherAccounts", ["sts:AssumeRole"], f"arn:aws:iam::*:role/{APP}-*"),
        _allow("Undelivered", ["sqs:SendMessage"], f"arn:aws:sqs:*:*:{stage.names.dead_letter_queue}"),
    )


def sweep(stage: Stage) -> Policy:
    """Repairs rows and schedules; it can neither attack nor have the attack function do it."""
    return _policy(
        _logs(f"{stage.names.name}-sweep"),
        _table(stage, REPAIR),
        _indexes(stage),
        *_schedules(stage),
    )


def _policy(*statements: Statement) -> Policy:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(sid: str, actions: list[str], *resources: str) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": list(resources)}


def _logs(function: str) -> Statement:
    group = f"arn:aws:logs:*:*:log-group:/aws/lambda/{function}:*"
    return _allow("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], group)


def _table(stage: Stage, actions: tuple[str, ...]) -> Statement:
    return _allow("Table", [f"dynamodb:{action}" for action in sorted(actions)], _table_arn(stage))


def _indexes(stage: Stage) -> Statement:
    return _allow("Lists", ["dynamodb:Query"], *(f"{_table_arn(stage)}/index/{index}" for index in INDEXES))


def _table_arn(stage: Stage) -> str:
    return f"arn:aws:dynamodb:*:*:table/{stage.names.table}"


def _schedules(stage: Stage) -> tuple[Statement, Statement]:
    schedules = f"arn:aws:scheduler:*:*:schedule/{stage.names.schedule_group}/*"
    role = f"arn:aws:iam::*:role/{stage.names.scheduler_role}"
    pass_role = _allow("PassSchedulerRole", ["iam:PassRole"], role)
    pass_role["Condition"] = {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}
    return _allow("Schedules", [f"scheduler:{action}" for action in SCHEDULE], schedules), pass_role
