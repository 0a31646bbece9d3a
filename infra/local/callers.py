"""Create users of the local account who may call the API, with the example policies of the documentation."""

from typing import Any

from infra.local.signing import Keys
from infra.packaging.package import ROOT

POLICIES = ROOT / "docs" / "access"


def policy(name: str, api_id: str) -> str:
    """Return the example policy of that name, for that API."""
    return (POLICIES / f"{name}.json").read_text().replace("API_ID", api_id)


def make_caller(iam: Any, name: str, api_id: str) -> Keys:
    """Create the user of an example policy, or update it, and return new keys: the secret of old keys cannot be read
    again."""
    try:
        iam.create_user(UserName=name)
    except iam.exceptions.EntityAlreadyExistsException:
        for old in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=name, AccessKeyId=old["AccessKeyId"])
    iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=policy(name, api_id))
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return Keys(made["AccessKeyId"], made["SecretAccessKey"])
