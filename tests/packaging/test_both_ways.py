"""What CloudFormation is given and what ``chalice deploy`` makes are the same functions, roles and API.

That ``chalice deploy`` really makes what is read here off Chalice's own model, tests/e2e/test_chalice_deploy.py shows.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.bring_up import BUILD, PACKAGING
from infra.local.place import claimed
from infra.packaging.package import package
from infra.stage.stages import Throttle, functions_parameters, stage

# Chalice's model of the application and its swagger, as `chalice deploy` builds them, in a process of its own: the
# application is imported from the folder that it is packaged in.
MODEL = """
import json, os, sys
from chalice.cli.factory import CLIFactory
from chalice.deploy.appgraph import ApplicationGraphBuilder
from chalice.deploy.models import LambdaFunction, LambdaLayer, ScheduledEvent, SQSEventSource
from chalice.deploy.swagger import SwaggerGenerator

config = CLIFactory(".", environ=os.environ).create_config_obj(chalice_stage_name=sys.argv[1])
application = ApplicationGraphBuilder().build(config, sys.argv[1])
found, sources, rates, layers, todo = {}, {}, {}, {}, list(application.resources)
while todo:
    resource = todo.pop()
    if isinstance(resource, SQSEventSource):
        sources[resource.lambda_function.function_name] = {
            "Queue": resource.queue, "BatchSize": resource.batch_size,
            "MaximumConcurrency": resource.maximum_concurrency,
        }
    if isinstance(resource, ScheduledEvent):
        rates[resource.lambda_function.function_name] = resource.schedule_expression
    if isinstance(resource, LambdaLayer):
        layers[resource.layer_name] = {"Runtime": resource.runtime, "Architecture": resource.architecture}
    todo += resource.dependencies()
    if isinstance(resource, LambdaFunction):
        found[resource.function_name] = {
            "Handler": resource.handler, "Runtime": resource.runtime, "Timeout": resource.timeout,
            "MemorySize": resource.memory_size, "Environment": resource.environment_variables,
            "Reserved": resource.reserved_concurrency, "Subnets": resource.subnet_ids,
            "Tags": resource.tags, "Role": resource.role.role_name,
            "Policy": json.load(open(resource.role.policy.filename)),
            "Trust": resource.role.trust_policy,
            "Layers": [*resource.layers, resource.managed_layer.layer_name],
        }
names = {"api_handler_arn": "arn:aws:lambda:us-east-1:123456789012:function:any", "api_handler_name": "any"}
swagger = SwaggerGenerator("us-east-1", names).generate_swagger(config.chalice_app)
report = {"functions": found, "sources": sources, "rates": rates, "layers": layers, "swagger": swagger}
print(json.dumps(report, default=lambda value: value.template))
"""
FUNCTIONS = {
    "APIHandler": ("ApiHandlerRole", "api_handler"),
    "Attack": ("AttackRole", "attack"),
    "Resolve": ("ResolveRole", "resolve"),
    "Sweep": ("SweepRole", "sweep"),
    "Undelivered": ("UndeliveredRole", "undelivered"),
}
REFERENCE = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[A-Za-z]+)?\}")


@pytest.fixture(scope="module", params=["dev", "prod"])
def both(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The stage, CloudFormation's template, and Chalice's model."""
    with claimed(PACKAGING):
        made = package(request.param, BUILD)
        template = json.loads((made / "sam.json").read_text())
        said = subprocess.run(
            [sys.executable, "-B", "-c", MODEL, request.param],
            cwd=made.parent / "source",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert said.returncode == 0, said.stderr
    return request.param, template, json.loads(said.stdout)


def test_the_functions_are_the_same(both: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    stage, template, model = both
    packaged = {}
    for resource in FUNCTIONS:
        properties = template["Resources"][resource]["Properties"]
        name = properties["FunctionName"]["Fn::Sub"].replace("${Stage}", stage)
        kept = {key: properties[key] for key in ("Handler", "Runtime", "Timeout", "MemorySize", "Tags")}
        kept["Reserved"] = properties.get("ReservedConcurrentExecutions")
        kept["Subnets"] = properties.get("VpcConfig", {}).get("SubnetIds", [])
        packaged[name] = {**kept, "Environment": properties["Environment"]["Variables"]}
    made = {
        name: {key: value for key, value in function.items() if key not in ("Role", "Policy", "Trust", "Layers")}
        for name, function in model["functions"].items()
    }
    assert packaged == made
    assert len(made) == len(FUNCTIONS)


def test_the_queue_is_read_the_same_way(both: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    stage, template, model = both
    [event] = template["Resources"]["Undelivered"]["Properties"]["Events"].values()
    queue = event["Properties"]["Queue"]["Fn::Sub"].rpartition(":")[2]
    size, scaling = event["Properties"]["BatchSize"], event["Properties"]["ScalingConfig"]
    packaged = {"Queue": queue, "BatchSize": size, **scaling}
    assert model["sources"] == {f"chaosmonkey-{stage}-undelivered": packaged}
    assert (queue, size) == (f"chaosmonkey-{stage}-undelivered", 1)


def test_the_roles_may_do_the_same(both: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    stage, template, model = both
    policies = {function["Role"]: function["Policy"] for function in model["functions"].values()}
    for role, function in FUNCTIONS.values():
        [policy] = template["Resources"][role]["Properties"]["Policies"]
        assert in_partition(policy["PolicyDocument"], "aws") == policies[f"chaosmonkey-{stage}-{function}"]


def test_a_template_fits_every_partition(both: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    """Chalice's policies know no variables: what is handed to CloudFormation names the partition by one."""
    resources = json.dumps(both[1]["Resources"])
    assert "arn:aws" not in resources
    assert resources.count("arn:${AWS::Partition}:") > 20


def test_the_roles_trust_the_same(both: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    stage, template, model = both
    trust = {function["Role"]: function["Trust"] for function in model["functions"].values()}
    for role, function in FUNCTIONS.values():
        packaged = template["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]
        assert packaged == trust[f"chaosmonkey-{stage}-{function}"]
        assert [each["Principal"] for each in packaged["Statement"]] == [{"Service": "lambda.amazonaws.com"}]


def test_each_function_runs_as_its_own_role(both: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    stage, template, model = both
    for resource, (role, function) in FUNCTIONS.items():
        properties = template["Resources"][resource]["Properties"]
        assert properties["Role"] == {"Fn::GetAtt": [role, "Arn"]}
        made = model["functions"][properties["FunctionName"]["Fn::Sub"].replace("${Stage}", stage)]
        assert made["Role"] == f"chaosmonkey-{stage}-{function}"


def test_the_sweep_is_woken_as_often_and_nothing_else_is(both: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    stage, template, model = both
    rates = {
        template["Resources"][resource]["Properties"]["FunctionName"]["Fn::Sub"].replace("${Stage}", stage): rate
        for resource in FUNCTIONS
        for event in template["Resources"][resource]["Properties"].get("Events", {}).values()
        if (rate := event["Properties"].get("Schedule"))
    }
    assert rates == model["rates"] == {f"chaosmonkey-{stage}-sweep": "rate(5 minutes)"}


def test_the_dependencies_are_one_layer_of_all_functions(both: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    """Of the same name and for the same runtime. What is in it Chalice makes of requirements.txt both times."""
    _, template, model = both
    layer = template["Resources"]["ManagedLayer"]["Properties"]
    [runtime], [architecture] = layer["CompatibleRuntimes"], layer["CompatibleArchitectures"]
    assert model["layers"] == {layer["LayerName"]: {"Runtime": runtime, "Architecture": architecture}}
    assert all(each["Layers"] == [layer["LayerName"]] for each in model["functions"].values())
    for resource in FUNCTIONS:
        assert template["Resources"][resource]["Properties"]["Layers"] == [{"Ref": "ManagedLayer"}]


def test_the_swagger_is_the_same(both: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    """But for how each names the API's function."""
    _, template, model = both
    packaged = plain(template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"])
    assert packaged == plain(model["swagger"])
    assert "/1/plans/{plan_id}" in packaged["paths"]


def test_the_limits_are_those_that_make_deploy_sets(both: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    """It sets them by UpdateStage (tests/e2e/test_chalice_deploy.py); the template has them of its parameters."""
    name, template, _ = both
    [settings] = template["Resources"]["RestAPI"]["Properties"]["MethodSettings"]
    given = functions_parameters(stage(name))
    assert (settings["ResourcePath"], settings["HttpMethod"]) == ("/*", "*")
    assert (
        Throttle(
            requests_per_second=float(given[settings["ThrottlingRateLimit"]["Ref"]]),
            burst=int(given[settings["ThrottlingBurstLimit"]["Ref"]]),
        )
        == stage(name).throttle
    )
    assert template["Parameters"].keys() == given.keys()


def test_every_call_has_to_be_signed_but_a_browsers_preflight(both: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    """Of the swagger that both ways share."""
    swagger = both[2]["swagger"]
    assert swagger["securityDefinitions"]["sigv4"]["x-amazon-apigateway-authtype"] == "awsSigv4"
    calls = [(method, call) for methods in swagger["paths"].values() for method, call in methods.items()]
    assert len(calls) > 20
    for method, call in calls:
        assert call.get("security") == (None if method == "options" else [{"sigv4": []}])


def test_every_reference_of_the_template_leads_somewhere(both: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    """CloudFormation refuses a template with one that does not; MiniStack lets it pass."""
    _, template, _ = both
    known = template["Resources"].keys() | template["Parameters"].keys()
    assert {name for name in references(template) if name not in known} == set()


def references(node: Any) -> Iterator[str]:
    """What Ref, Fn::GetAtt and Fn::Sub name, but for AWS's own parameters and those a Fn::Sub brings along."""
    if isinstance(node, list):
        for each in node:
            yield from references(each)
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "Ref" and not value.startswith("AWS::"):
                yield value
            elif key == "Fn::GetAtt":
                yield value[0] if isinstance(value, list) else value.partition(".")[0]
            elif key == "Fn::Sub":
                text, own = (value, {}) if isinstance(value, str) else value
                yield from (name for name in REFERENCE.findall(text) if name not in own)
                yield from references(own)
            else:
                yield from references(value)


def in_partition(policy: Any, partition: str) -> Any:
    """Return the policy as CloudFormation reads it in that partition."""
    if isinstance(policy, list):
        return [in_partition(each, partition) for each in policy]
    if isinstance(policy, dict):
        if policy.keys() == {"Fn::Sub"}:
            return policy["Fn::Sub"].replace("${AWS::Partition}", partition)
        return {key: in_partition(value, partition) for key, value in policy.items()}
    return policy


def plain(swagger: Any) -> Any:
    """With every integration's address replaced by one word."""
    if isinstance(swagger, list):
        return [plain(each) for each in swagger]
    if isinstance(swagger, dict):
        return {key: "the API's function" if key == "uri" else plain(value) for key, value in swagger.items()}
    return swagger
