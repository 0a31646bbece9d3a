"""``make package STAGE=``: a stage as CloudFormation alone takes it, in a folder, and the calls that follow.

For those who deploy with CloudFormation, or hand templates to somebody who does. A stage is deployed this way or by
``make deploy``, not both.
"""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.account import aws_stage
from infra.chalice_deploy import BUILD
from infra.deploy import stack_name
from infra.errors import InfraError
from infra.local.place import claimed
from infra.local.progress import step
from infra.package import ROOT, package
from infra.stacks import PACKAGES
from infra.stages import Stage, functions_parameters, parameters, parameters_after

FOLDER = Path("build")


def main(arguments: list[str]) -> int:
    """Package the stage that is named into ``build/<stage>`` and print what to call."""
    try:
        target = aws_stage(arguments[0] if arguments else "")
        folder = FOLDER / target.name
        hand_over(target, ROOT / folder)
        print(calls(target, folder))
        return 0
    except (InfraError, OSError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1


def hand_over(stage: Stage, folder: Path) -> None:
    """Fill the folder anew with the three templates and the archives. Raises ``InfraError``."""
    with (
        claimed(BUILD / "lock"),
        step(f"{stage.names.name}: packaging (the first time, it downloads the dependencies)"),
    ):
        made = package(stage.name, BUILD)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(made, folder)
    for template in ("before.yaml", "after.yaml"):
        shutil.copy2(ROOT / "infra" / template, folder)


def calls(stage: Stage, folder: Path) -> str:
    """The aws commands that bring the stage up from the folder, in their order."""
    name = stage.names.name
    before, after = (_given(each) for each in (parameters(stage), parameters_after(stage)))
    functions = " ".join(f"'{key}={value}'" for key, value in functions_parameters(stage).items())
    aws = "aws cloudformation"
    return f"""
{folder} holds the templates and the archives. Before the first time:
  {aws} deploy --stack-name {stack_name(stage, "before")} --template-file {folder}/before.yaml \\
    --parameter-overrides {before} --capabilities CAPABILITY_NAMED_IAM

Each time:
  PACKAGES=$({aws} describe-stacks --stack-name {stack_name(stage, "before")} \\
    --query "Stacks[0].Outputs[?OutputKey=='Packages'].OutputValue" --output text)
  {aws} package --template-file {folder}/sam.json --s3-bucket $PACKAGES --s3-prefix {PACKAGES.rstrip("/")} \\
    --use-json --output-template-file {folder}/packaged.json
  {aws} deploy --stack-name {name} --template-file {folder}/packaged.json --s3-bucket $PACKAGES \\
    --s3-prefix {PACKAGES.rstrip("/")} --parameter-overrides {functions} \\
    --capabilities CAPABILITY_NAMED_IAM CAPABILITY_AUTO_EXPAND

After the first time:
  {aws} deploy --stack-name {stack_name(stage, "after")} --template-file {folder}/after.yaml \\
    --parameter-overrides {after}
  {aws} describe-stacks --stack-name {name} --query "Stacks[0].Outputs"
"""


def _given(parameters: Mapping[str, str]) -> str:
    return " ".join(f"{key}={value}" for key, value in parameters.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
