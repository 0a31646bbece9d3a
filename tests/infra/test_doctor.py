"""What ``make doctor`` says of a stage that is well, and of each thing that can be wrong with it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from infra.deploy.throttling import limit
from infra.doctor.checkup import FIRST, THEN, look
from infra.errors import InfraError
from infra.stage.stages import Throttle, environment
from tests.infra.dev_stage import (
    ACCOUNT,
    ATTACK,
    BUCKET,
    DEV,
    KEYS,
    ROLE,
    TABLE,
    clients,
    dev_in_an_account,
    give_up_after,
    trust,
)


@pytest.fixture(autouse=True)
def dev() -> Iterator[None]:
    with dev_in_an_account():
        yield


def test_a_healthy_stage_has_an_ok_for_each_part() -> None:
    lines = list(look(clients, DEV))
    assert [text for well, text in lines if not well] == []
    assert len(lines) == len(FIRST) + len(THEN)
    assert all(text.startswith("ok ") for _, text in lines)


def test_the_trial_leaves_nothing_behind() -> None:
    list(look(clients, DEV))
    assert clients("scheduler").list_schedules(GroupName="chaosmonkey-dev")["Schedules"] == []


def without_table() -> None:
    without_protection()
    clients("dynamodb").delete_table(**TABLE)


def without_index() -> None:
    deletion = [{"Delete": {"IndexName": "by_state"}}]
    clients("dynamodb").update_table(**TABLE, GlobalSecondaryIndexUpdates=deletion)


def without_expiry() -> None:
    clients("dynamodb").update_time_to_live(
        **TABLE, TimeToLiveSpecification={"Enabled": False, "AttributeName": "expires"}
    )


def without_recovery() -> None:
    specification = {"PointInTimeRecoveryEnabled": False}
    clients("dynamodb").update_continuous_backups(**TABLE, PointInTimeRecoverySpecification=specification)


def without_group() -> None:
    clients("scheduler").delete_schedule_group(Name="chaosmonkey-dev")


def without_role() -> None:
    clients("iam").delete_role_policy(**ROLE, PolicyName="deliver")
    clients("iam").delete_role(**ROLE)


def with_a_role_that_trusts_anybodys_schedules() -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    clients("iam").update_assume_role_policy(**ROLE, PolicyDocument=json.dumps(trust))


def with_a_role_that_may_nothing() -> None:
    clients("iam").delete_role_policy(**ROLE, PolicyName="deliver")


def without_queue() -> None:
    sqs = clients("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName="chaosmonkey-dev-undelivered")["QueueUrl"])


def without_attack_function() -> None:
    clients("lambda").delete_function(**ATTACK)


def with_a_function_of_another_stage() -> None:
    variables = {**environment(DEV), "STAGE": "prod"}
    clients("lambda").update_function_configuration(**ATTACK, Environment={"Variables": variables})


def with_an_attack_function_that_may_only_look() -> None:
    clients("lambda").update_function_configuration(**ATTACK, Environment={"Variables": environment(DEV)})


def with_a_sleeping_sweep() -> None:
    clients("events").disable_rule(Name="sweep")


def mapping() -> dict[str, str]:
    found = clients("lambda").list_event_source_mappings(FunctionName="chaosmonkey-dev-undelivered")
    return {"UUID": found["EventSourceMappings"][0]["UUID"]}


def with_a_queue_that_nobody_reads() -> None:
    clients("lambda").delete_event_source_mapping(**mapping())


def with_a_reader_that_is_off() -> None:
    clients("lambda").update_event_source_mapping(**mapping(), Enabled=False)


def without_retries() -> None:
    clients("lambda").delete_function_event_invoke_config(**ATTACK)


def with_retries_beyond_the_grace() -> None:
    without_retries()  # moto keeps the first
    give_up_after(900, f"arn:aws:sqs:us-east-1:{ACCOUNT}:chaosmonkey-dev-undelivered")


def without_key() -> None:
    clients("kms").delete_alias(AliasName="alias/chaosmonkey-dev")


def key_id() -> str:
    return str(clients("kms").describe_key(KeyId="alias/chaosmonkey-dev")["KeyMetadata"]["KeyId"])


def with_a_key_that_is_off() -> None:
    clients("kms").disable_key(KeyId=key_id())


def with_a_key_that_is_given_up() -> None:
    clients("kms").schedule_key_deletion(KeyId=key_id(), PendingWindowInDays=7)


def api() -> dict[str, str]:
    [found] = clients("apigateway").get_rest_apis()["items"]
    return {"restApiId": found["id"], "stageName": "api"}


def without_api() -> None:
    clients("apigateway").delete_rest_api(restApiId=api()["restApiId"])


def with_an_api_that_lets_more_through() -> None:
    limit(clients("apigateway"), api()["restApiId"], Throttle(requests_per_second=5000, burst=40))


def with_an_api_without_limits() -> None:
    apigateway, of = clients("apigateway"), api()
    deployment = apigateway.get_stage(**of)["deploymentId"]
    apigateway.delete_stage(**of)
    apigateway.create_stage(**of, deploymentId=deployment)


def without_protection() -> None:
    clients("dynamodb").update_table(**TABLE, DeletionProtectionEnabled=False)


def without_versions() -> None:
    clients("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})


def without_a_policy_of_the_bucket() -> None:
    clients("s3").delete_bucket_policy(Bucket=BUCKET)


def with_a_bucket_that_answers_plain_http() -> None:
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    clients("s3").put_bucket_policy(Bucket=BUCKET, Policy=policy)


def with_concurrency_that_nobody_asked_for() -> None:
    clients("lambda").put_function_concurrency(**ATTACK, ReservedConcurrentExecutions=3)


def without_a_log_of_calls() -> None:
    clients("logs").delete_log_group(logGroupName="/aws/apigateway/chaosmonkey-dev")


def with_a_gateway_that_may_not_log() -> None:
    operation = {"op": "replace", "path": "/cloudwatchRoleArn", "value": ""}
    clients("apigateway").update_account(patchOperations=[operation])


def with_an_api_that_logs_nothing() -> None:
    with_an_api_without_limits()


def with_the_roles_of_another_region() -> None:
    there = "arn:aws:scheduler:eu-west-1:123456789012:schedule-group/chaosmonkey-dev"
    clients("iam").update_assume_role_policy(**ROLE, PolicyDocument=trust(there))


BROKEN: dict[Callable[[], None], tuple[str, str]] = {
    without_table: ("table", "the table chaosmonkey-dev is missing: make deploy STAGE=dev"),
    without_index: ("table", "no active index by_state: make deploy STAGE=dev"),
    without_expiry: ("table", "records never expire: aws dynamodb update-time-to-live --table-name chaosmonkey-dev"),
    without_recovery: ("table", "there is no point-in-time recovery: aws dynamodb update-continuous-backups"),
    without_group: ("schedule group", "the schedule group chaosmonkey-dev is missing: make deploy"),
    without_role: ("role", "the role chaosmonkey-dev-scheduler is missing: make deploy"),
    with_a_role_that_trusts_anybodys_schedules: ("role", "does not trust Scheduler for the group alone"),
    with_a_role_that_may_nothing: ("role", "may not invoke chaosmonkey-dev-attack"),
    without_queue: ("queue", "the queue chaosmonkey-dev-undelivered is missing"),
    without_key: ("key", "the key alias/chaosmonkey-dev is missing: make deploy STAGE=dev"),
    with_a_key_that_is_off: ("key", "the key alias/chaosmonkey-dev is Disabled: aws kms enable-key --key-id "),
    with_a_key_that_is_given_up: ("key", "no secret opens: aws kms cancel-key-deletion --key-id "),
    without_attack_function: ("functions", "chaosmonkey-dev-attack is missing: make deploy STAGE=dev"),
    with_a_function_of_another_stage: ("functions", "chaosmonkey-dev-attack has STAGE=prod, which should be dev"),
    with_an_attack_function_that_may_only_look: (
        "functions",
        "chaosmonkey-dev-attack has ROLE_SESSIONS=, which should",
    ),
    with_a_sleeping_sweep: ("sweep", "the sweep's rule is disabled: aws events enable-rule --name sweep"),
    with_a_queue_that_nobody_reads: ("undelivered", "chaosmonkey-dev-undelivered does not read chaosmonkey-dev-und"),
    with_a_reader_that_is_off: ("undelivered", "aws lambda update-event-source-mapping --uuid"),
    with_retries_beyond_the_grace: ("retries", "is tried for 900 seconds, more than the 600 within its grace: make"),
    without_api: ("throttling", "no API may call chaosmonkey-dev: make deploy STAGE=dev"),
    with_an_api_that_lets_more_through: (
        "throttling",
        "lets 5000 calls a second, 40 at once through, which should be 20 calls a second, 40 at once: aws apigateway",
    ),
    with_an_api_without_limits: ("throttling", "lets whatever the account allows through"),
    without_protection: ("protection", "aws dynamodb update-table --table-name chaosmonkey-dev --deletion-protection"),
    without_versions: ("packages", f"aws s3api put-bucket-versioning --bucket {BUCKET}"),
    without_a_policy_of_the_bucket: ("packages", f"the bucket {BUCKET} has no policy that asks for TLS: make deploy"),
    with_a_bucket_that_answers_plain_http: ("packages", f"the policy of the bucket {BUCKET} does not ask for TLS"),
    with_concurrency_that_nobody_asked_for: (
        "concurrency",
        "chaosmonkey-dev-attack has 3 concurrent executions reserved, not None: make deploy STAGE=dev",
    ),
    without_a_log_of_calls: ("access log", "the log group /aws/apigateway/chaosmonkey-dev is missing: make deploy"),
    with_a_gateway_that_may_not_log: ("access log", "API Gateway has no role to write logs by in this Region"),
    with_an_api_that_logs_nothing: ("access log", "does not write /aws/apigateway/chaosmonkey-dev: make deploy"),
    with_the_roles_of_another_region: (
        "no other Region",
        "dev is deployed in eu-west-1 already, and names of IAM roles",
    ),
    without_retries: ("retries", "the EventInvokeConfig of chaosmonkey-dev-attack is missing: make deploy"),
}


@pytest.mark.parametrize("breaks", BROKEN, ids=lambda breaks: breaks.__name__)
def test_what_is_broken_is_reported_with_what_fixes_it(breaks: Callable[[], None]) -> None:
    breaks()
    part, sentence = BROKEN[breaks]
    line = next(text for _, text in look(clients, DEV) if text.startswith(f"not ok  {part}: "))
    assert sentence in line
    assert "\n" not in line


def test_without_credentials_nothing_else_is_looked_at() -> None:
    def refused(service: str) -> Any:
        raise InfraError(f"nobody may ask {service}")

    assert list(look(refused, DEV)) == [(False, "not ok  credentials: nobody may ask sts")]


def test_a_small_quota_is_reported() -> None:
    [line] = [text for well, text in look(lambda service: clients(service, schedules=500), DEV) if not well]
    assert line.startswith("not ok  quota: only 500 schedules are allowed: ask for more")


def test_a_new_accounts_few_concurrent_executions_are_reported() -> None:
    [line] = [text for well, text in look(lambda service: clients(service, at_once=10), DEV) if not well]
    assert line.startswith("not ok  concurrency: only 10 functions may run at once in this account")
    assert "Service Quotas" in line


def test_a_quota_that_cannot_be_read_is_no_fault_of_the_stage() -> None:
    lines = list(look(lambda service: unreadable() if service == "service-quotas" else clients(service), DEV))
    assert all(well for well, _ in lines)
    assert [text for _, text in lines if text.startswith("ok      quota: cannot be read (not you (AccessDenied")]


def unreadable() -> Any:
    client = boto3.client("service-quotas", **KEYS)
    stubber = Stubber(client)
    stubber.add_client_error("list_service_quotas", "AccessDeniedException", "not you")
    stubber.activate()
    return client
