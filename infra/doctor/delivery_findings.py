"""Check the retries, the sweep and the dead letters of attacks for ``make doctor``, in the form of `findings.py`."""

from botocore.exceptions import ClientError

from chalicelib.domain.delivery import tried_for
from infra.doctor.remedies import deploy, missing, restore
from infra.errors import InfraError
from infra.stage.account import Clients
from infra.stage.functions import find
from infra.stage.stages import Stage, grace_seconds


def sweep(clients: Clients, stage: Stage) -> str:
    """Return the rule that invokes the sweep. Without it nobody records missed executors."""
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
        raise InfraError(f"no rule of EventBridge invokes {name}: {deploy(stage)}")
    return f"{on[0]} invokes {name}"


def retries(clients: Clients, stage: Stage) -> str:
    """Return the retries of an attack. Raise ``InfraError`` where Lambda does not give up within the grace, or sends no
    dead letter."""
    name = stage.names.attack_function
    try:
        config = clients("lambda").get_function_event_invoke_config(FunctionName=name, Qualifier="$LATEST")
    except ClientError as error:
        raise missing(error, "ResourceNotFoundException", f"the EventInvokeConfig of {name}", stage) from error
    where = config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")
    if not where.endswith(f":{stage.names.dead_letter_queue}"):
        raise InfraError(f"{name} sends no dead letters to {stage.names.dead_letter_queue}: {restore(stage)}")
    age, expected = int(config.get("MaximumEventAgeInSeconds", 21_600)), tried_for(grace_seconds(stage))
    if age > expected:
        raise InfraError(
            f"{name} is tried for {age} seconds, more than the {expected} within its grace: {restore(stage)}"
        )
    return (
        f"{name} is tried {1 + config['MaximumRetryAttempts']} times in {age} seconds, "
        f"then {stage.names.dead_letter_queue} gets a dead letter"
    )


def undelivered(clients: Clients, stage: Stage) -> str:
    """Return the function that reads the queue. Without it the sweep records dead letters as missed."""
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
