"""The other place where the original's users look for ``TerminateEC2InstanceNotExcluded``; it lives beside its sibling."""

from plugins.attacks.terminate_ec2_instance import TerminateEC2InstanceNotExcluded as TerminateEC2InstanceNotExcluded
