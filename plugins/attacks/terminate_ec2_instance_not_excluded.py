"""Provide ``TerminateEC2InstanceNotExcluded`` under a module name of its own, which plans also use."""

from plugins.attacks.terminate_ec2_instance import TerminateEC2InstanceNotExcluded as TerminateEC2InstanceNotExcluded
