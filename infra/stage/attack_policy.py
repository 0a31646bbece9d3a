"""Print the policy of the attack function for the installed attacks: ``make policy STAGE=``.

``make generate`` writes the same policy, and a deploy gives it to the function's role.
"""

import json

import click

from infra.command_line import ANY, Command
from infra.errors import InfraError
from infra.stage.policies import attack
from infra.stage.stages import Stage


@click.command(cls=Command)
@ANY
def main(stage: Stage) -> None:
    """Print the policy of a stage's attack function for the installed attacks."""
    try:
        print(json.dumps(attack(stage), indent=2))
    except ValueError as error:  # an attack that cannot be loaded, or has an unknown action
        raise InfraError(str(error)) from error


if __name__ == "__main__":
    main()
