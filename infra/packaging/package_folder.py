"""Write a stage into a folder for CloudFormation, and print the commands that deploy it: ``make package STAGE=``.

It is for those who deploy with CloudFormation alone, or hand templates to somebody who does. A stage is deployed this
way or by ``make deploy``, not both.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path

import click

from infra.command_line import ON_AWS, Command
from infra.deploy.access_log import GATEWAY_STACK
from infra.deploy.chalice_deploy import BUILD
from infra.deploy.preconditions import require_python
from infra.deploy.stacks import PACKAGES
from infra.deploy.stage_stacks import stack_name
from infra.local.place import claimed
from infra.local.progress import step
from infra.packaging.package import ROOT, package
from infra.stage.stages import Stage, functions_parameters, parameters_after, parameters_before

FOLDER = Path("build")


@click.command(cls=Command)
@ON_AWS
def main(stage: Stage) -> None:
    """Package a stage into build/<stage> for CloudFormation, and print the commands that deploy it."""
    require_python(stage)
    folder = FOLDER / stage.name
    hand_over(stage, ROOT / folder)
    print(calls(stage, folder))


def hand_over(stage: Stage, folder: Path) -> None:
    """Replace the folder's content by the templates and the archives. Raises ``InfraError``."""
    with (
        claimed(BUILD / "lock"),
        step(f"{stage.names.name}: packaging (the first time, it downloads the dependencies)"),
    ):
        made = package(stage.name, BUILD)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(made, folder)
    for template in ("gateway_logs.yaml", "before.yaml", "after.yaml"):
        shutil.copy2(ROOT / "infra" / "deploy" / template, folder)


TRUSTED_GROUP = 'Role.AssumeRolePolicyDocument.Statement[0].Condition.StringEquals."aws:SourceArn"'
"""The schedule group that the stage's scheduler role trusts. Its ARN holds the Region."""


def calls(stage: Stage, folder: Path) -> str:
    """Return the aws commands that deploy the stage from the folder, in order."""
    name = stage.names.name
    before, after = (_given(each) for each in (parameters_before(stage), parameters_after(stage)))
    functions = " ".join(f"'{key}={value}'" for key, value in functions_parameters(stage).items())
    aws = "aws cloudformation"
    return f"""
{folder} holds the templates and the archives.

Once for the account and Region, where aws apigateway get-account shows no cloudwatchRoleArn:
  {aws} deploy --stack-name {GATEWAY_STACK} --template-file {folder}/gateway_logs.yaml --capabilities CAPABILITY_IAM

Before the first time check that no other Region has the stage: names of IAM roles are unique across all Regions. Go on
if this prints NoSuchEntity or the Region of your choice; for another Region make a stage of another name:
  aws iam get-role --role-name {stage.names.scheduler_role} --output text --query \\
    '{TRUSTED_GROUP}'

Then:
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
    main()
