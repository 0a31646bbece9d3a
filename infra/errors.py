"""Define the error of commands that bring a stage up."""


class InfraError(Exception):
    """One sentence for the operator: what failed, and the remedy where there is one."""
