"""The table that is deployed is the table that is tested."""

from collections.abc import Sequence
from typing import Any

import yaml

from chalicelib.adapters.dynamodb.row import Row, rows_of
from tests.contract.endpoints import ROOT


class Template(yaml.SafeLoader):
    """CloudFormation's own tags (!Sub, !Ref) read as what they hold."""


def _content(loader: yaml.SafeLoader, _: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node)


Template.add_multi_constructor("!", _content)


def deployed() -> dict[str, Any]:
    with (ROOT / "infra/deploy/before.yaml").open() as text:
        resources = yaml.load(text, Template)["Resources"]
    (table,) = [each for each in resources.values() if each["Type"] == "AWS::DynamoDB::Table"]
    return dict(table["Properties"])


def keys(schema: Sequence[Any]) -> dict[str, str]:
    return {key["KeyType"]: key["AttributeName"] for key in schema}


def test_the_template_and_the_model_have_the_same_keys() -> None:
    schema, table = rows_of("any", connections=1)._get_schema(), deployed()
    assert keys(table["KeySchema"]) == keys(schema["key_schema"])
    types = {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
    assert types == {each["AttributeName"]: each["AttributeType"] for each in schema["attribute_definitions"]}


def test_the_template_and_the_model_have_the_same_indexes() -> None:
    schema = rows_of("any", connections=1)._get_schema()
    ours = {index["index_name"]: keys(index["key_schema"]) for index in schema["global_secondary_indexes"]}
    theirs = {index["IndexName"]: keys(index["KeySchema"]) for index in deployed()["GlobalSecondaryIndexes"]}
    assert ours == theirs
    assert all(index["Projection"] == {"ProjectionType": "ALL"} for index in deployed()["GlobalSecondaryIndexes"])


def test_the_template_expires_rows_by_the_models_attribute() -> None:
    assert deployed()["TimeToLiveSpecification"] == {"AttributeName": Row.expires.attr_name, "Enabled": True}
