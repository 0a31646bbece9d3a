"""``from chaosmonkey.drivers.ec2_driver import EC2DriverFactory``"""

from chalicelib.drivers.ec2.factory import EC2DriverFactory

__all__ = ["EC2DriverFactory"]
