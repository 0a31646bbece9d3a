"""Write one least-privilege policy per function and stage.

Chalice's policy files have no variables, so account and Region are ``*`` inside an ARN. Every name is spelled out, and
so is the partition of the stage's Region. In a template the partition is ``${AWS::Partition}`` again (`partitions.py`).
"""

from typing import Any

from chalicelib.config.settings import APP
from chalicelib.domain import role_allowlist
from infra.stage import attack_permissions, extra_actions
from infra.stage.stages import Stage, environment

Statement = dict[str, Any]
Policy = dict[str, Any]

# IAM allows a transaction by the actions in it: there is no dynamodb:TransactWriteItems.
RUN = ("BatchGetItem", "UpdateItem")
CLAIM = (*RUN, "ConditionCheckItem")
REPAIR = ("BatchGetItem", "BatchWriteItem", "DeleteItem", "Query", "UpdateItem")
PLAN = (*REPAIR, "PutItem")
INDEXES = ("by_state", "listed")
INTERFACES = (
    "AssignPrivateIpAddresses",
    "CreateNetworkInterface",
    "DeleteNetworkInterface",
    "DescribeNetworkInterfaces",
    "DescribeSubnets",
    "UnassignPrivateIpAddresses",
)
SCHEDULE = ("CreateSchedule", "DeleteSchedule", "UpdateSchedule")


def policies(stage: Stage) -> dict[str, Policy]:
    """Return the policy of each function by the function's name in Chalice's configuration."""
    return {
        "api_handler": api(stage),
        "attack": attack(stage),
        "resolve": resolve(stage),
        "sweep": sweep(stage),
        "undelivered": undelivered(stage),
    }


def api(stage: Stage) -> Policy:
    """Return the API function's policy: it keeps plans, executors and schedules.

    It may invoke the attack function, for executors that fall due while their plan is made. It may ask for the state of
    alarms and invoke the resolve function, to preview an attack. It may encrypt secrets, and decrypt none.
    """
    return _policy(
        _logs(stage, stage.names.name),
        _table(stage, PLAN),
        _indexes(stage),
        *_schedules(stage),
        _allow(
            "Deliver",
            ["lambda:InvokeFunction"],
            f"arn:{stage.partition}:lambda:*:*:function:{stage.names.attack_function}",
        ),
        _allow(
            "Resolve",
            ["lambda:InvokeFunction"],
            f"arn:{stage.partition}:lambda:*:*:function:{stage.names.resolve_function}",
        ),
        _allow("ReadAlarms", ["cloudwatch:DescribeAlarms"], "*"),
        _key(stage, "Seal", "kms:GenerateDataKey"),
        _publish_events(stage),
    )


def attack(stage: Stage) -> Policy:
    """Return the attack function's policy: it claims, records, and may call the ``iam_actions`` of the installed
    attacks.

    It may create no schedule. It alone may decrypt the secrets of plans, and read the secrets below the stage's prefix
    that attacks refer to.
    """
    return _policy(
        _logs(stage, stage.names.attack_function),
        _table(stage, CLAIM),
        _allow("ReadAlarms", ["cloudwatch:DescribeAlarms"], "*"),
        *attack_permissions.statements(stage.partition),
        *extra_actions.statements(stage.extra_attack_actions, stage.partition),
        *attack_permissions.denials(environment(stage), stage.partition, also=stage.extra_attack_actions),
        *_volume_keys(stage),
        _key(stage, "Open", "kms:Decrypt"),
        _allow("Parameters", ["ssm:GetParameter"], f"arn:{stage.partition}:ssm:*:*:parameter/{APP}/{stage.name}/*"),
        _allow(
            "Secrets",
            ["secretsmanager:GetSecretValue"],
            f"arn:{stage.partition}:secretsmanager:*:*:secret:{APP}/{stage.name}/*",
        ),
        *_other_accounts(stage),
        *_network(stage),
        _allow("Undelivered", ["sqs:SendMessage"], f"arn:{stage.partition}:sqs:*:*:{stage.names.dead_letter_queue}"),
        _publish_events(stage),
    )


def resolve(stage: Stage) -> Policy:
    """Return the resolve function's policy: it may list the targets of an attack, and nothing else.

    A role of another account that it assumes may be allowed more than that, so it assumes the role with a session
    policy (chalicelib/drivers/cloud/credentials.py).
    """
    return _policy(
        _logs(stage, stage.names.resolve_function),
        _allow("FindInstances", ["ec2:DescribeInstances"], "*"),
        *_other_accounts(stage),
    )


def sweep(stage: Stage) -> Policy:
    """Return the sweep's policy: it repairs rows and schedules, but may neither attack nor invoke the attack
    function."""
    return _policy(
        _logs(stage, f"{stage.names.name}-sweep"),
        _table(stage, REPAIR),
        _indexes(stage),
        *_schedules(stage),
        _publish_events(stage),
    )


def undelivered(stage: Stage) -> Policy:
    """Return the undelivered function's policy: it receives dead letters and records them."""
    queue = f"arn:{stage.partition}:sqs:*:*:{stage.names.dead_letter_queue}"
    return _policy(
        _logs(stage, f"{stage.names.name}-undelivered"),
        _table(stage, RUN),
        _allow("Receive", ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"], queue),
        _publish_events(stage),
    )


def _policy(*statements: Statement) -> Policy:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _allow(sid: str, actions: list[str], *resources: str) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": list(resources)}


def _logs(stage: Stage, function: str) -> Statement:
    group = f"arn:{stage.partition}:logs:*:*:log-group:/aws/lambda/{function}:*"
    return _allow("Logs", ["logs:CreateLogStream", "logs:PutLogEvents"], group)


def _table(stage: Stage, actions: tuple[str, ...]) -> Statement:
    return _allow("Table", [f"dynamodb:{action}" for action in sorted(actions)], _table_arn(stage))


def _other_accounts(stage: Stage) -> tuple[Statement, ...]:
    """Return the statement for the roles that the stage's attacks may assume; none where there are no such roles."""
    allowed = role_allowlist.to_assume(environment(stage))
    return (_allow("OtherAccounts", ["sts:AssumeRole"], *allowed),) if allowed else ()


def _volume_keys(stage: Stage) -> tuple[Statement, ...]:
    """Return the statement that lets EC2 start an instance whose volumes are encrypted under these keys.

    EC2 needs a grant from the caller; the condition limits it to AWS services.
    """
    if not stage.volume_keys:
        return ()
    statement = _allow("StartWithEncryptedVolumes", ["kms:CreateGrant"], *stage.volume_keys)
    statement["Condition"] = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    return (statement,)


def _network(stage: Stage) -> tuple[Statement, ...]:
    """Return the statement by which Lambda may put the function into a network, and one that denies the same to the
    function's own code.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    """
    if not stage.subnet_ids:
        return ()
    changing = [f"ec2:{action}" for action in INTERFACES if not action.startswith("Describe")]
    code = _allow("NetworkNotByCode", changing, "*")
    code["Effect"] = "Deny"
    function = f"arn:{stage.partition}:lambda:*:*:function:{stage.names.attack_function}"
    code["Condition"] = {"ArnLike": {"lambda:SourceFunctionArn": function}}
    return _allow("Network", [f"ec2:{action}" for action in INTERFACES], "*"), code


def _publish_events(stage: Stage) -> Statement:
    """Return the statement for publishing lifecycle events on the account's default bus, with the engine as their
    source only."""
    statement = _allow("PublishEvents", ["events:PutEvents"], f"arn:{stage.partition}:events:*:*:event-bus/default")
    # MiniStack lacks the condition key; on AWS it is always there.
    statement["Condition"] = {"StringEqualsIfExists": {"events:source": APP}}
    return statement


def _key(stage: Stage, sid: str, action: str) -> Statement:
    """Return a statement for the stage's key by its alias, because a key's ARN is unknown before it is created.

    It allows only requests whose encryption context names a plan.
    """
    if stage.name == "local":  # MiniStack takes the alias for the resource, and ignores KMS's condition keys
        return _allow(sid, [action], f"arn:{stage.partition}:kms:*:*:{stage.names.key}")
    statement = _allow(sid, [action], f"arn:{stage.partition}:kms:*:*:key/*")
    statement["Condition"] = {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": stage.names.key},
        "Null": {"kms:EncryptionContext:plan": "false"},
    }
    return statement


def _indexes(stage: Stage) -> Statement:
    return _allow("Lists", ["dynamodb:Query"], *(f"{_table_arn(stage)}/index/{index}" for index in INDEXES))


def _table_arn(stage: Stage) -> str:
    return f"arn:{stage.partition}:dynamodb:*:*:table/{stage.names.table}"


def _schedules(stage: Stage) -> tuple[Statement, Statement]:
    schedules = f"arn:{stage.partition}:scheduler:*:*:schedule/{stage.names.schedule_group}/*"
    role = f"arn:{stage.partition}:iam::*:role/{stage.names.scheduler_role}"
    pass_role = _allow("PassSchedulerRole", ["iam:PassRole"], role)
    pass_role["Condition"] = {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}
    return _allow("Schedules", [f"scheduler:{action}" for action in SCHEDULE], schedules), pass_role
