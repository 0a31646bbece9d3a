"""``from chaosmonkey.drivers import EC2DriverFactory``"""

from chaosmonkey.drivers.ec2_driver import EC2DriverFactory

__all__ = ["EC2DriverFactory"]
