"""The address at which a Region's service answers: AWS's own, or the one that the environment names."""

import os
from urllib.parse import urlsplit

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.net import rules
from chalicelib.net.guard import Guard


def configured(service: str) -> str | None:
    """Return the value of AWS_ENDPOINT_URL_<SERVICE> or AWS_ENDPOINT_URL; None where neither is set.

    Raises ``AttackFailed`` in the local stage where there is none, or where it is not on this machine.
    """
    variable = f"AWS_ENDPOINT_URL_{service.upper()}"
    url = os.environ.get(variable) or os.environ.get("AWS_ENDPOINT_URL")
    if url is None:
        if rules.is_local():
            raise AttackFailed(
                f"the local stage does not touch AWS: set {variable} or AWS_ENDPOINT_URL to the local AWS,"
                " or STAGE to the stage that is meant"
            )
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AttackFailed(f"{variable} or AWS_ENDPOINT_URL is {url!r}: give an http or https URL")
    if rules.is_local():
        Guard(rules.SERVICE).resolve(parts.hostname, parts.port or 80)
    return url


def of(service: str, region: str) -> str:
    """Return the URL of a service in a Region, in any partition, also of Regions newer than the library's own list.

    Raises ``AttackFailed`` for a Region that fits no partition, and as ``configured``.
    """
    url = configured(service)
    if url is not None:
        return url
    from botocore.loaders import create_loader
    from botocore.regions import EndpointResolver

    known = EndpointResolver(create_loader().load_data("endpoints")).construct_endpoint(service, region)
    if not known:
        raise AttackFailed(f"{region!r} is not an AWS Region: give one such as eu-west-1")
    return f"https://{known['hostname']}"
