"""What ``make doctor`` finds of the ways by which an attack is delivered, tried again and swept: as `findings.py`."""

from botocore.exceptions import ClientError

from chalicelib.appointment import tried_for
from infra.account import Clients
from infra.errors import InfraError
from infra.functions import find
from infra.remedies import deploy, missing, restore
from infra.stages import Stage, grace_seconds


def sweep(clients: Clients, stage: Stage) -> str:
    """Something wakes the sweep, without which what was missed is never recorded."""
    name = f"{stage.names.name}-sweep"
    if name not in (found := find(clients, stage)):
        raise InfraError(f"{name} is missing: {deploy(stage)}")
    arn = found[name]["FunctionArn"]
    events = clients("events")
    rules = events.list_rule_names_by_target(TargetArn=arn)["RuleNames"]
    on = [rule for rule in rules if events.describe_rule(Name=rule)["State"] == "ENABLED"]
    if rules and not on:
        raise InfraError(f"the sweep's rule is disabled: aws events enable-rule --name {rules[0]}")
    if not on:
        raise InfraError(f"no rule of EventBridge wakes {name}: {deploy(stage)}")
    return f"{on[0]} wakes {name}"


def retries(clients: Clients, stage: Stage) -> str:
    """Lambda gives up on an attack within the grace, and tells the queue."""
    name = stage.names.attack_function
    try:
        config = clients("lambda").get_function_event_invoke_config(FunctionName=name, Qualifier="$LATEST")
    except ClientError as error:
        raise missing(error, "ResourceNotFoundException", f"the EventInvokeConfig of {name}", stage) from error
    where = config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")
    if not where.endswith(f":{stage.names.dead_letter_queue}"):
        raise InfraError(f"{name} gives up without telling {stage.names.dead_letter_queue}: {restore(stage)}")
    age, expected = int(config.get("MaximumEventAgeInSeconds", 21_600)), tried_for(grace_seconds(stage))
    if age > expected:
        raise InfraError(
            f"{name} is tried for {age} seconds, more than the {expected} within its grace: {restore(stage)}"
        )
    return (
        f"{name} is tried {1 + config['MaximumRetryAttempts']} times in {age} seconds, "
        f"then {stage.names.dead_letter_queue} is told"
    )


def undelivered(clients: Clients, stage: Stage) -> str:
    """Something reads the queue, without which what AWS gave up on waits to be called missed."""
    name = f"{stage.names.name}-undelivered"
    if name not in find(clients, stage):
        raise InfraError(f"{name} is missing: {deploy(stage)}")
    mappings = clients("lambda").list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    sources = [each for each in mappings if each["EventSourceArn"].endswith(f":{stage.names.dead_letter_queue}")]
    if not sources:
        raise InfraError(f"{name} does not read {stage.names.dead_letter_queue}: {restore(stage)}")
    [source, *_] = sources
    if source["State"] in ("Disabled", "Disabling"):
        raise InfraError(
            f"{name} does not read its queue: aws lambda update-event-source-mapping --uuid {source['UUID']} --enabled"
        )
    return f"{name} reads {stage.names.dead_letter_queue}"
