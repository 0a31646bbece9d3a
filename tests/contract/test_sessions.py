"""The quick session finds what botocore's own finds."""

import pytest
from botocore.exceptions import DataNotFoundError, UnknownServiceError
from botocore.loaders import Loader
from botocore.session import Session

from chalicelib.adapters.aws.clients import client
from chalicelib.adapters.aws.sessions import QuickLoader, session

KINDS = ("service-2", "paginators-1", "waiters-2", "endpoint-rule-set-1")


@pytest.mark.parametrize("kind", KINDS)
def test_it_knows_every_service_that_botocore_knows(kind: str) -> None:
    assert set(Loader().list_available_services(kind)) <= set(QuickLoader().list_available_services(kind))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("service", ["dynamodb", "scheduler", "sts"])
def test_it_loads_what_botocore_loads(service: str, kind: str) -> None:
    def loaded(loader: Loader) -> object:
        try:
            return loader.load_service_model(service, kind)
        except DataNotFoundError as error:  # such as a service without waiters
            assert isinstance(error, UnknownServiceError) or loader.__class__ is QuickLoader
            return None

    assert loaded(QuickLoader()) == loaded(Loader())


def test_clients_of_one_session_are_those_that_sessions_of_their_own_give() -> None:
    shared = session()
    for service in ("dynamodb", "scheduler", "lambda", "events", "kms"):
        one = client(service, connections=1, region="eu-west-1", session=shared)
        other = Session().create_client(service, region_name="eu-west-1")
        assert one.meta.service_model.api_version == other.meta.service_model.api_version
        assert one.meta.endpoint_url == other.meta.endpoint_url
        assert set(one.meta.method_to_api_mapping) == set(other.meta.method_to_api_mapping)


def test_a_service_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(UnknownServiceError, match="'dynamo'"):
        client("dynamo", connections=1, region="eu-west-1", session=session())
