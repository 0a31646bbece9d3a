"""Every error of AWS is passing or permanent, and a permanent one says what an operator has to look at."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from chalicelib.adapters.aws.alarms import CloudWatchAlarms
from chalicelib.adapters.aws.clients import client
from chalicelib.adapters.aws.deliveries import LambdaDeliveries
from chalicelib.adapters.aws.error_table import _COMMON, _OF_SERVICE, _RESOURCES, Verdict, service_of
from chalicelib.adapters.aws.retry import Backoff
from chalicelib.adapters.kms.vault import KmsVault
from chalicelib.adapters.scheduler.schedules import EventBridgeSchedules
from chalicelib.config.settings import Settings
from chalicelib.domain.errors import SecretUnreadable
from chalicelib.domain.unavailable import NeedsOperator, TooLarge, Unavailable
from tests.contract.builders import SetClock, draft, no_pause
from tests.contract.conftest import REGION, dynamo
from tests.contract.endpoints import EMULATORS
from tests.contract.test_schedules import MADRID, target
from tests.contract.wires import answered, error

PASSING = {Verdict.COLLISION, Verdict.THROTTLED, Verdict.BREAKDOWN}
SERVICES = ("dynamodb", "scheduler", "kms", "lambda", "cloudwatch")
LISTED = [
    (service, code, verdict)
    for service in SERVICES
    for code, verdict in {**_COMMON, **_OF_SERVICE[service]}.items()
    if verdict is not Verdict.CONDITION and (service, code) != ("scheduler", "ConflictException")
]


class Asked(NamedTuple):
    """One request of the engine to a service."""

    client: Any
    operation: str
    ask: Callable[[], object]


@pytest.fixture(scope="module")
def asked(moto_endpoint: str) -> Iterator[dict[str, Asked]]:
    """A request to each service; all but the table's are answered before they are sent."""
    once = Backoff(tries=1, sleep=no_pause)
    made = {name: client(name, connections=1, region=REGION, endpoint=moto_endpoint) for name in SERVICES}
    store = dynamo(Settings(stage="permanent", timezone=MADRID), SetClock(), moto_endpoint, once)
    plan, executors = draft()
    schedules = EventBridgeSchedules(made["scheduler"], target("g"), zone=MADRID, width=1, backoff=once)
    deliveries = LambdaDeliveries(made["lambda"], "attack", width=1, backoff=once)
    vault = KmsVault(made["kms"], "alias/key", backoff=once)
    alarms = CloudWatchAlarms(made["cloudwatch"], backoff=once)
    yield {
        "dynamodb": Asked(store.table.client, "UpdateItem", lambda: store.plans.rename(plan.id, "other")),
        "scheduler": Asked(made["scheduler"], "CreateSchedule", lambda: schedules.put_all(plan, executors[:1])),
        "kms": Asked(made["kms"], "GenerateDataKey", lambda: vault.seal(plan.id, ["x"])),
        "lambda": Asked(made["lambda"], "Invoke", lambda: deliveries.deliver_early(executors[0])),
        "cloudwatch": Asked(made["cloudwatch"], "DescribeAlarms", lambda: alarms.states(["a"])),
    }


def failure(asked: Asked, code: str, status: int, **said: Any) -> Unavailable:
    with (
        answered(asked.client, asked.operation, error(code, status=status, **said)),
        pytest.raises(Unavailable) as raised,
    ):
        asked.ask()
    return raised.value


def assert_tells_an_operator(failed: Unavailable, service: str) -> None:
    assert isinstance(failed, NeedsOperator) and failed.retry_after is None and not failed.throttled
    assert re.fullmatch(
        r"[a-z' ]+ did not succeed, and trying again does not help: the stage's "
        + _RESOURCES[service]
        + r" [a-z,:' ]+\. Ask an operator: make doctor STAGE=\.\.\. shows what is wrong",
        str(failed),
    )


@pytest.mark.parametrize(("service", "code", "verdict"), LISTED)
def test_a_listed_error_is_what_the_table_says(
    asked: dict[str, Asked], service: str, code: str, verdict: Verdict
) -> None:
    failed = failure(asked[service], code, 400, Message="arn:aws:kms:eu-west-1:999999999999:key/other")
    if verdict in PASSING:
        assert type(failed) is Unavailable and failed.retry_after
        assert failed.throttled is (verdict is Verdict.THROTTLED)
    elif verdict is Verdict.TOO_LARGE:
        assert isinstance(failed, TooLarge) and failed.retry_after is None
    else:
        assert_tells_an_operator(failed, service)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("status", [400, 402, 403, 404, 409, 410, 422, 429, 500, 502, 503, 504])
def test_an_unknown_error_is_judged_by_its_status(asked: dict[str, Asked], service: str, status: int) -> None:
    failed = failure(asked[service], "SomethingNewException", status)
    if status == 429 or status >= 500:
        assert type(failed) is Unavailable and failed.throttled is (status == 429)
    else:
        assert_tells_an_operator(failed, service)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("ValidationException", {"message": "Item size has exceeded the maximum allowed size"}),
        ("ValidationException", {"message": "Item size to update has exceeded the maximum allowed size"}),
        (
            "TransactionCanceledException",
            {
                "CancellationReasons": [
                    {"Code": "None"},
                    {"Code": "ValidationError", "Message": "Item size has exceeded the maximum allowed size"},
                ]
            },
        ),
    ],
)
def test_an_item_that_is_too_large_is_the_clients_to_fix(
    asked: dict[str, Asked], code: str, said: dict[str, Any], moto_endpoint: str
) -> None:
    store = dynamo(
        Settings(stage="large", timezone=MADRID), SetClock(), moto_endpoint, Backoff(tries=1, sleep=no_pause)
    )
    plan, executors = draft()
    operation = "TransactWriteItems" if "CancellationReasons" in said else "UpdateItem"
    act = (lambda: store.uncommitted.add(plan, executors)) if "CancellationReasons" in said else asked["dynamodb"].ask
    where = store.table.client if "CancellationReasons" in said else asked["dynamodb"].client
    with answered(where, operation, error(code, **said)), pytest.raises(TooLarge, match="400 KB"):
        act()


def test_a_disabled_key_fails_the_attack_with_a_sentence_for_the_operator(asked: dict[str, Asked]) -> None:
    vault = KmsVault(asked["kms"].client, "alias/key", backoff=Backoff(tries=1, sleep=no_pause))
    sealed = _sealed()
    for code in ("DisabledException", "KMSInvalidStateException", "NotFoundException"):
        with answered(asked["kms"].client, "Decrypt", error(code)), pytest.raises(NeedsOperator):
            vault.open("plan-1", sealed)
    for code in ("AccessDeniedException", "InvalidCiphertextException"):
        with answered(asked["kms"].client, "Decrypt", error(code)), pytest.raises(SecretUnreadable):
            vault.open("plan-1", sealed)


def _sealed() -> str:
    from chalicelib.adapters.kms.envelope import seal

    return seal("plan-1", ["x"], b"k" * 32, b"wrapped")[0]


def test_what_the_function_has_no_credentials_for_needs_an_operator(asked: dict[str, Asked]) -> None:
    from botocore.exceptions import NoCredentialsError

    def none(**_: Any) -> None:
        raise NoCredentialsError

    asked["kms"].client.meta.events.register("before-call.*.GenerateDataKey", none)
    try:
        with pytest.raises(NeedsOperator, match="credentials"):
            asked["kms"].ask()
    finally:
        asked["kms"].client.meta.events.unregister("before-call.*.GenerateDataKey", none)


def test_every_operation_of_the_engine_has_its_service() -> None:
    assert {service_of(asked) for asked in ("Decrypt", "CreateSchedule", "Invoke", "DescribeAlarms")} < set(SERVICES)
    assert service_of("PutItem") == service_of("") == "dynamodb"


@pytest.fixture(params=EMULATORS)
def emulator(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_endpoint"))


def test_a_missing_schedule_group_needs_an_operator(ministack_endpoint: str) -> None:
    """moto answers with a page about its own failure."""
    scheduler = client("scheduler", connections=1, region=REGION, endpoint=ministack_endpoint)
    schedules = EventBridgeSchedules(scheduler, target("nowhere"), zone=MADRID, width=1)
    with pytest.raises(NeedsOperator, match="the stage's schedule group does not exist"):
        schedules.put_all(*draft())


def test_a_missing_table_needs_an_operator(emulator: str) -> None:
    from chalicelib.adapters.dynamodb.store import DynamoStore

    store = DynamoStore(Settings(stage="nowhere", timezone=MADRID), SetClock(), endpoint=emulator)
    with pytest.raises(NeedsOperator, match="the stage's table does not exist"):
        store.plans.load(draft()[0].id)


def test_a_disabled_or_missing_key_needs_an_operator(ministack_endpoint: str) -> None:
    """moto seals with a disabled key."""
    kms = client("kms", connections=1, region=REGION, endpoint=ministack_endpoint)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/permanent", TargetKeyId=key)
    vault = KmsVault(kms, "alias/permanent")
    (sealed,) = vault.seal("plan-1", ["x"])
    kms.disable_key(KeyId=key)
    for act in (lambda: vault.seal("plan-1", ["x"]), lambda: vault.open("plan-1", sealed)):
        with pytest.raises(NeedsOperator, match="the stage's KMS key cannot be used as it is: disabled"):
            act()
    kms.delete_alias(AliasName="alias/permanent")
    with pytest.raises(NeedsOperator, match="the stage's KMS key does not exist"):
        vault.seal("plan-1", ["x"])


def test_an_item_that_is_too_large_is_refused_by_the_table_as_such(emulator: str) -> None:
    from dataclasses import replace

    store = dynamo(Settings(stage="full", timezone=MADRID), SetClock(), emulator)
    plan, executors = draft()
    attack = {"ref": "a:A", "args": {"x": "y" * 450_000}}
    with pytest.raises(TooLarge, match="larger than the 400 KB"):
        store.uncommitted.add(replace(plan, attack=attack), executors)
