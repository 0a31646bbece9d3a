"""``make policy STAGE=``: the policy of the attack function for the attacks that are in ``plugins/attacks``.

It is what `make generate` writes and a deploy gives the function's role; here it can be read before either.
"""

import json
import sys

from infra.errors import InfraError
from infra.policies import attack
from infra.stages import STAGES


def main(arguments: list[str]) -> int:
    """Print the policy of the stage that is named. 0 only if there is one."""
    name = arguments[0] if arguments else ""
    try:
        target = next((each for each in STAGES if each.name == name), None)
        if target is None:
            raise InfraError(
                f"there is no stage {name!r}: give STAGE={' or STAGE='.join(each.name for each in STAGES)}"
            )
        print(json.dumps(attack(target), indent=2))
        return 0
    except (InfraError, ValueError) as error:  # ValueError: an attack that cannot be loaded, or has an unknown action
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
