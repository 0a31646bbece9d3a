"""What can go wrong when a stage is brought up."""


class InfraError(Exception):
    """One sentence for the operator: what failed, and what to do where that is known."""
