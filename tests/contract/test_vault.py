"""``ports.Vault`` and ``ports.SecretReader``: texts sealed for one plan, and secrets that are kept elsewhere."""

from base64 import b64decode, b64encode
from itertools import count
from typing import Any

import pytest

from chalicelib.adapters.aws.clients import client
from chalicelib.adapters.aws.retry import Backoff
from chalicelib.adapters.aws.secret_reader import AwsSecrets
from chalicelib.adapters.kms.vault import KmsVault
from chalicelib.adapters.memory.vault import MemorySecrets, MemoryVault
from chalicelib.domain.errors import SecretUnreadable
from chalicelib.domain.secret_reference import Reference
from chalicelib.domain.unavailable import Unavailable
from tests.contract.builders import no_pause
from tests.contract.conftest import REGION
from tests.contract.wires import answered, counted, error, plain, recorded

TEXTS = ["", "hunter2", "ñandú ☃ 😀\n\x00", '["x"]' * 60_000]
SERVICES = {"ssm": "GetParameter", "secretsmanager": "GetSecretValue"}
_serial = count(1)


def kms(endpoint: str) -> Any:
    return client("kms", connections=1, region=REGION, endpoint=endpoint)


def vault_of(kms: Any) -> KmsVault:
    alias = f"alias/contract-{next(_serial)}"
    kms.create_alias(AliasName=alias, TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    return KmsVault(kms, alias, backoff=Backoff(tries=2, sleep=no_pause))


@pytest.fixture
def vault(endpoint: str | None) -> MemoryVault | KmsVault:
    return MemoryVault() if endpoint is None else vault_of(kms(endpoint))


def test_what_is_sealed_opens_for_its_plan(vault: MemoryVault | KmsVault) -> None:
    sealed = vault.seal("plan-1", TEXTS)
    assert [vault.open("plan-1", each) for each in sealed] == TEXTS
    assert all(each.isascii() and "hunter2" not in each for each in sealed)
    assert b"hunter2" not in b64decode(sealed[1])


def test_sealing_twice_gives_two_seals(vault: MemoryVault | KmsVault) -> None:
    first, second = vault.seal("plan-1", ["hunter2", "hunter2"])
    (third,) = vault.seal("plan-1", ["hunter2"])
    assert len({first, second, third}) == 3


def test_what_is_sealed_for_one_plan_does_not_open_for_another(vault: MemoryVault | KmsVault) -> None:
    (sealed,) = vault.seal("plan-1", ["hunter2"])
    with pytest.raises(SecretUnreadable, match=r"^the secrets of plan plan-2 cannot be opened: post the plan again$"):
        vault.open("plan-2", sealed)


def test_what_another_key_has_sealed_does_not_open(vault: MemoryVault | KmsVault) -> None:
    other = MemoryVault() if isinstance(vault, MemoryVault) else vault_of(vault._client)
    (sealed,) = other.seal("plan-1", ["hunter2"])
    with pytest.raises(SecretUnreadable):
        vault.open("plan-1", sealed)


@pytest.mark.parametrize("place", [0, 1, -1, -20])
def test_what_was_changed_does_not_open(vault: MemoryVault | KmsVault, place: int) -> None:
    raw = bytearray(b64decode(vault.seal("plan-1", ["hunter2"])[0]))
    raw[place] ^= 1
    with pytest.raises(SecretUnreadable):
        vault.open("plan-1", b64encode(raw).decode())


@pytest.mark.parametrize("text", ["", "x", "AQ==", "AQAF", "ñ", "AAAA"])
def test_what_was_never_sealed_does_not_open(vault: MemoryVault | KmsVault, text: str) -> None:
    with pytest.raises(SecretUnreadable):
        vault.open("plan-1", text)


@pytest.fixture
def on_kms(moto_endpoint: str) -> KmsVault:
    return vault_of(kms(moto_endpoint))


def test_however_many_are_sealed_it_is_one_request_under_the_plans_id(on_kms: KmsVault) -> None:
    with counted(on_kms._client) as requests, recorded(on_kms._client) as bodies:
        sealed = on_kms.seal("plan-1", TEXTS * 100)
        on_kms.open("plan-1", sealed[1])
    assert requests == {"GenerateDataKey": 1, "Decrypt": 1}
    assert [body["EncryptionContext"] for body in bodies] == [{"plan": "plan-1"}] * 2
    assert [body["KeyId"] for body in bodies] == [on_kms._key] * 2


def test_who_may_not_open_is_refused_at_once(on_kms: KmsVault) -> None:
    (sealed,) = on_kms.seal("plan-1", ["hunter2"])
    with answered(on_kms._client, "Decrypt", error("AccessDeniedException")), pytest.raises(SecretUnreadable):
        on_kms.open("plan-1", sealed)
    with answered(on_kms._client, "GenerateDataKey", error("AccessDeniedException")), pytest.raises(Unavailable):
        on_kms.seal("plan-1", ["hunter2"])


@pytest.mark.parametrize("code", ["KMSInternalException", "ThrottlingException", "DisabledException"])
def test_where_aws_fails_it_is_unavailable(on_kms: KmsVault, code: str) -> None:
    (sealed,) = on_kms.seal("plan-1", ["hunter2"])
    with answered(on_kms._client, "GenerateDataKey", error(code)), pytest.raises(Unavailable):
        on_kms.seal("plan-1", ["hunter2"])
    with answered(on_kms._client, "Decrypt", error(code)), pytest.raises(Unavailable):
        on_kms.open("plan-1", sealed)


NO_KEY = {
    "nothing": b"",
    "HTML": b"<html>",
    "a list": b"[]",
    "null": b"null",
    "no key": b"{}",
    "a key that is null": b'{"Plaintext": null, "CiphertextBlob": null}',
}


@pytest.mark.parametrize("odd", NO_KEY.values(), ids=NO_KEY)
def test_an_answer_without_a_key_is_none(on_kms: KmsVault, odd: bytes) -> None:
    (sealed,) = on_kms.seal("plan-1", ["hunter2"])
    with answered(on_kms._client, "GenerateDataKey", plain(200, odd)), pytest.raises(Unavailable):
        on_kms.seal("plan-1", ["hunter2"])
    with answered(on_kms._client, "Decrypt", plain(200, odd)), pytest.raises(Unavailable):
        on_kms.open("plan-1", sealed)


@pytest.fixture
def keeper(endpoint: str | None) -> tuple[MemorySecrets | AwsSecrets, Any]:
    """What reads secrets, and what makes one: its reference by kind, name and text."""
    if endpoint is None:
        memory = MemorySecrets()

        def remember(kind: str, name: str, text: str) -> Reference:
            reference = Reference(kind, name)
            memory.kept[reference] = text
            return reference

        return memory, remember

    def connect(service: str, region: str | None) -> Any:
        return client(service, connections=1, region=region or REGION, endpoint=endpoint, read=60)

    def put(kind: str, name: str, text: str) -> Reference:
        if kind == "ssm":
            connect("ssm", None).put_parameter(Name=name, Value=text, Type="SecureString", Overwrite=True)
            return Reference(kind, name)
        made = connect("secretsmanager", None).create_secret(Name=f"{name[1:]}{next(_serial)}", SecretString=text)
        return Reference(kind, made["ARN"])

    return AwsSecrets(connect, backoff=Backoff(tries=2, sleep=no_pause)), put


@pytest.mark.parametrize("kind", ["ssm", "secretsmanager"])
def test_a_secret_that_is_kept_elsewhere_is_read_in_plain(keeper: tuple[Any, Any], kind: str) -> None:
    reader, put = keeper
    assert reader.read(put(kind, "/chaosmonkey/contract/key", "hunter2 ☃")) == "hunter2 ☃"


@pytest.mark.parametrize(
    "reference",
    [
        Reference("ssm", "/chaosmonkey/contract/nobody"),
        Reference("secretsmanager", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:chaosmonkey/contract/nobody"),
    ],
)
def test_a_secret_that_is_not_there_is_named(keeper: tuple[Any, Any], reference: Reference) -> None:
    with pytest.raises(SecretUnreadable, match=f"^the secret {reference.name} cannot be read: "):
        keeper[0].read(reference)


def test_a_secret_that_is_no_text_is_refused(moto_endpoint: str) -> None:
    manager = client("secretsmanager", connections=1, region=REGION, endpoint=moto_endpoint, read=60)
    arn = manager.create_secret(Name="chaosmonkey/contract/bytes", SecretBinary=b"x")["ARN"]
    with pytest.raises(SecretUnreadable, match="is not a text$"):
        AwsSecrets(lambda service, region: manager).read(Reference("secretsmanager", arn))


def test_a_secret_is_asked_for_in_its_own_region(moto_endpoint: str) -> None:
    asked: list[tuple[str, str | None]] = []

    def connect(service: str, region: str | None) -> Any:
        asked.append((service, region))
        return client(service, connections=1, region=region or REGION, endpoint=moto_endpoint, read=60)

    arn = "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:chaosmonkey/contract/a"
    for reference in (Reference("secretsmanager", arn), Reference("ssm", "/chaosmonkey/contract/a")):
        with pytest.raises(SecretUnreadable):
            AwsSecrets(connect).read(reference)
    assert asked == [("secretsmanager", "ap-southeast-2"), ("ssm", None)]


def test_where_no_answer_comes_it_is_unavailable(moto_endpoint: str) -> None:
    ssm = client("ssm", connections=1, region=REGION, endpoint=moto_endpoint, read=60)
    reader = AwsSecrets(lambda service, region: ssm, backoff=Backoff(tries=2, sleep=no_pause))
    with answered(ssm, "GetParameter", error("ThrottlingException")), pytest.raises(Unavailable):
        reader.read(Reference("ssm", "/chaosmonkey/contract/a"))


@pytest.mark.parametrize("odd", NO_KEY.values(), ids=NO_KEY)
def test_an_answer_without_a_secret_is_none(moto_endpoint: str, odd: bytes) -> None:
    def connect(service: str, region: str | None) -> Any:
        return clients[service]

    clients = {name: client(name, connections=1, region=REGION, endpoint=moto_endpoint) for name in SERVICES}
    reader = AwsSecrets(connect, backoff=Backoff(tries=2, sleep=no_pause))
    for (service, operation), name in zip(SERVICES.items(), ("/a/b", "arn:aws:secretsmanager:::a"), strict=True):
        with answered(clients[service], operation, plain(200, odd)), pytest.raises((SecretUnreadable, Unavailable)):
            reader.read(Reference(service, name))


@pytest.mark.parametrize("odd", [b"{}", b'{"Parameter": {}}', b'{"Parameter": {"Value": null}}'])
def test_a_parameter_without_a_value_is_refused(moto_endpoint: str, odd: bytes) -> None:
    ssm = client("ssm", connections=1, region=REGION, endpoint=moto_endpoint)
    reader = AwsSecrets(lambda service, region: ssm, backoff=Backoff(tries=2, sleep=no_pause))
    with answered(ssm, "GetParameter", plain(200, odd)), pytest.raises((SecretUnreadable, Unavailable)):
        reader.read(Reference("ssm", "/a/b"))
