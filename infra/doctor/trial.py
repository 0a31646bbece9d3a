"""Create and delete a schedule the way the engine does: the last check of ``make doctor``."""

import json
import secrets
from datetime import UTC, datetime, timedelta

from botocore.exceptions import ClientError

from infra.errors import InfraError
from infra.stage.account import Clients, reason
from infra.stage.stages import Stage

AHEAD = timedelta(days=365)


def trial(clients: Clients, stage: Stage) -> str:
    """Return the name of the trial schedule. It is disabled and a year ahead: if its deletion fails, it never fires."""
    scheduler, group = clients("scheduler"), stage.names.schedule_group
    name = f"doctor-{secrets.token_hex(6)}"
    account = clients("sts").get_caller_identity()
    partition = account["Arn"].split(":")[1]
    prefix = f"arn:{partition}:lambda:{scheduler.meta.region_name}:{account['Account']}:function:"
    try:
        scheduler.create_schedule(
            Name=name,
            GroupName=group,
            Description="A trial of make doctor, which removes it at once.",
            State="DISABLED",
            ScheduleExpression=f"at({datetime.now(UTC) + AHEAD:%Y-%m-%dT%H:%M:%S})",
            FlexibleTimeWindow={"Mode": "OFF"},
            ActionAfterCompletion="DELETE",
            Target={
                "Arn": prefix + stage.names.attack_function,
                "RoleArn": f"arn:{partition}:iam::{account['Account']}:role/{stage.names.scheduler_role}",
                "Input": json.dumps({"doctor": name}),
            },
        )
    except ClientError as error:
        raise InfraError(f"a schedule cannot be put into {group}: {reason(error)}") from error
    try:
        scheduler.delete_schedule(Name=name, GroupName=group)
    except ClientError as error:
        by_hand = f"aws scheduler delete-schedule --group-name {group} --name {name}"
        raise InfraError(f"the trial's schedule cannot be removed ({reason(error)}): {by_hand}") from error
    return f"{name} was put into {group} and removed"
