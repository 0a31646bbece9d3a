"""The way to EC2 for attacks: ``EC2DriverFactory(region).get_driver()``."""

import os
from typing import TYPE_CHECKING

from chalicelib.domain.attack_failures import AttackFailed
from chalicelib.drivers import endpoint
from chalicelib.drivers.cloud import credentials

if TYPE_CHECKING:
    from chalicelib.drivers.ec2.driver import RegionalEC2Driver


class EC2DriverFactory:
    """A factory of libcloud drivers for EC2.

    Credentials are those of the environment (in Lambda the function's role), or of AWS_IAM_ROLE: the ARN of a role to
    assume, or the name of the machine's own. ``role_arn`` assumes one more, for instance in another account, with the
    ``external_id`` that its trust policy asks for; the stage's ALLOWED_ROLES has to allow it. The Region defaults to
    AWS_REGION, AWS_DEFAULT_REGION: the function's own. AWS_ENDPOINT_URL_EC2 and AWS_ENDPOINT_URL are honoured; the
    local stage needs one of them.
    """

    def __init__(self, region: str | None = None, role_arn: str | None = None, external_id: str | None = None) -> None:
        self.region = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        self.role_arn = role_arn
        self.external_id = external_id

    def get_driver(self) -> "RegionalEC2Driver":
        """Return a libcloud compute driver, in any Region, with the session token where the credentials have one.

        Raises ``AttackFailed`` with a sentence where Region, credentials, role or endpoint are missing or refused.
        """
        from chalicelib.drivers.ec2.driver import RegionalEC2Driver

        if not self.region:
            raise AttackFailed("there is no Region: give region in the attack's args, or set AWS_REGION")
        url = endpoint.of("ec2", self.region)
        found = credentials.find(self.region, self.role_arn, self.external_id)
        return RegionalEC2Driver(found, region=self.region, url=url)
