"""What each Lambda function may do, and nothing more: one least-privilege policy per function and stage.

Chalice's policy files know no variables, so account and Region stand as ``*`` inside an ARN; every name is spelled out.
"""

from typing import Any

from chalicelib import roles
from chalicelib.settings import APP
from infra import attack_permissions
from infra.stages import Stage, environment

Statement = dict[str, Any]
Policy = dict[str, Any]

# What a transaction does is allowed by its parts: there is no dynamodb:TransactWriteItems.
RUN = ("BatchGetItem", "UpdateItem")
CLAIM = (*RUN, "ConditionCheckItem")
REPAIR = ("BatchGetItem", "BatchWriteItem", "DeleteItem", "Query", "UpdateItem")
PLAN = (*REPAIR, "PutItem")
INDEXES = ("by_state", "listed")
SCHEDULE = ("CreateSchedule", "DeleteSchedule", "UpdateSchedule")


def policies(stage: Stage) -> dict[str, Policy]:
    """The policy of each function by the function's name in Chalice's configuration."""
    return {
        "api_handler": api(stage),
        "attack": attack(stage),
        "resolve": resolve(stage),
        "sweep": sweep(stage),
        "undelivered": undelivered(stage),
    }


def api(stage: Stage) -> Policy:
    """Plans and executors, their schedules, the attack function for what fell due while its plan was made, and what can
    be told of an attack beforehand: the state of alarms, and the resolve function's answer. It seals secrets, and can
    open none."""
    return _policy(
        _logs(stage.names.name),
        _table(stage, PLAN),
        _indexes(stage),
        *_schedules(stage),
        _allow("Deliver", ["lambda:InvokeFunction"], f"arn:aws:lambda:*:*:function:{stage.names.attack_function}"),
        _allow("Resolve", ["lambda:InvokeFunction"], f"arn:aws:lambda:*:*:function:{stage.names.resolve_function}"),
        _allow("ReadAlarms", ["cloudwatch:DescribeAlarms"], "*"),
        _key(stage, "Seal", "kms:GenerateDataKey"),
        _tell(),
    )


def attack(stage: Stage) -> Policy:
    """Claims and records, and what the attacks that come along do, by their ``iam_actions``. It makes no schedule.

    It alone opens what the API has sealed, and reads the secrets that attacks refer to, below the stage's prefix.
    """
    return _policy(
        _logs(stage.names.attack_function),
        _table(stage, CLAIM),
        _allow("ReadAlarms", ["cloudwatch:DescribeAlarms"], "*"),
        *attack_permissions.statements(),
        _key(stage, "Open", "kms:Decrypt"),
        _allow("Parameters", ["ssm:GetParameter"], f"arn:aws:ssm:*:*:parameter/{APP}/{stage.name}/*"),
        _allow("Secrets", ["secretsmanager:GetSecretValue"], f"arn:aws:secretsmanager:*:*:secret:{APP}/{stage.name}/*"),
        *_other_accounts(stage),
        _allow("Undelivered", ["sqs:SendMessage"], f"arn:aws:sqs:*:*:{stage.names.dead_letter_queue}"),
        _tell(),
    )


def resolve(stage: Stage) -> Policy:
    """Looks for what an attack could hit, and can do nothing else. What it assumes may be allowed more than to look: so
    it assumes it by a session that is not (chalicelib/drivers/credentials.py)."""
    return _policy(
        _logs(stage.names.resolve_function),
        _allow("FindInstances", ["ec2:DescribeInstances"], "*"),
        *_other_accounts(stage),
    )


def sweep(stage: Stage) -> Policy:
    """Repairs rows and schedules; it can neither attack nor have the attack function do it."""
    return _policy(
        _logs(f"{stage.names.name}-sweep"),
        _table(stage, REPAIR),
        _indexes(stage),
        *_schedules(stage),
        _tell(),
    )


def undelivered(stage: Stage) -> Policy:
    """Takes what AWS gave up on from its queue, and records."""
    queue = f"arn:aws:sqs:*:*:{stage.names.dead_letter_queue}"
    return _policy(
        _logs(f"{stage.names.name}-undelivered"),
        _table(stage, RUN),
        _allow("Receive", ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"], queue),
        _tell(),
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


def _other_accounts(stage: Stage) -> tuple[Statement, ...]:
    """The roles that the stage allows its attacks to assume, as it spells them; no statement where there are none."""
    allowed = roles.to_assume(environment(stage))
    return (_allow("OtherAccounts", ["sts:AssumeRole"], *allowed),) if allowed else ()


def _tell() -> Statement:
    """Lifecycle events, on the one bus that every account has, and in nobody else's name."""
    tell = _allow("Tell", ["events:PutEvents"], "arn:aws:events:*:*:event-bus/default")
    # MiniStack does not know the key; on AWS it is always there.
    tell["Condition"] = {"StringEqualsIfExists": {"events:source": APP}}
    return tell


def _key(stage: Stage, sid: str, action: str) -> Statement:
    """The stage's key by its alias: a key's own ARN is not known before it is made. Always for a plan."""
    if stage.name == "local":  # MiniStack takes the alias for the resource, and knows no keys of conditions of KMS
        return _allow(sid, [action], f"arn:aws:kms:*:*:{stage.names.key}")
    statement = _allow(sid, [action], "arn:aws:kms:*:*:key/*")
    statement["Condition"] = {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": stage.names.key},
        "Null": {"kms:EncryptionContext:plan": "false"},
    }
    return statement


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
