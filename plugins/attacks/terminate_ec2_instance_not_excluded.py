"""Another spelling in use of ``TerminateEC2InstanceNotExcluded``, which lives beside its sibling."""

from plugins.attacks.terminate_ec2_instance import TerminateEC2InstanceNotExcluded as TerminateEC2InstanceNotExcluded
