"""The table's part on what the engine talks to: secrets, queue, events, machines, and the account around it."""

from infra.stage.stages import ANOTHER_ACCOUNT
from tests.infra.role_call import (
    ACCOUNT,
    API,
    ATTACK,
    NOBODY,
    REGION,
    RESOLVE,
    UNDELIVERED,
    WRITERS,
    RoleCall,
    role_call,
)

TARGET_ROLE = "chaosmonkey-probed"
"""A role of another account whose trust lets this one in: what is tried is who may ask for it."""
MADE_GROUP = "chaosmonkey-probed"
"""The security group that the attack role's call makes."""


def secrets(stage: str, name: str) -> list[RoleCall]:
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:" + (f"alias/{name}" if stage == "local" else "key/any")
    named, context = {"KeyId": f"alias/{name}"}, {"EncryptionContext": {"plan": "probe"}}
    found = [
        role_call("kms:GenerateDataKey", {API}, key, **named, **context, KeySpec="AES_256"),
        role_call("kms:Decrypt", {ATTACK}, key, **named, **context, CiphertextBlob="AAAA"),
        role_call("kms:Encrypt", NOBODY, key, **named, **context, Plaintext="x"),
        role_call("kms:GenerateDataKeyWithoutPlaintext", NOBODY, key, **named, **context, KeySpec="AES_256"),
        role_call("kms:PutKeyPolicy", NOBODY, key, **named, Policy="{}"),
        role_call("kms:ScheduleKeyDeletion", NOBODY, key, **named),
    ]
    for owner, roles in ((stage, {ATTACK}), ("other", NOBODY)):
        parameter, secret = f"/chaosmonkey/{owner}/nobody", f"chaosmonkey/{owner}/nobody"
        arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{secret}"
        found += [
            role_call("ssm:GetParameter", roles, f"parameter{parameter}", Name=parameter, WithDecryption=True),
            role_call("ssm:PutParameter", NOBODY, f"parameter{parameter}", Name=parameter, Value="x", Type="String"),
            role_call("secretsmanager:GetSecretValue", roles, arn, SecretId=arn),
            role_call("secretsmanager:PutSecretValue", NOBODY, arn, SecretId=arn, SecretString="x"),
        ]
    return [*found, role_call("secretsmanager:ListSecrets", NOBODY)]


def queue_and_events(name: str) -> list[RoleCall]:
    queue = f"{name}-undelivered"
    url = {"QueueUrl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{queue}"}
    event = {"Source": "chaosmonkey", "DetailType": "Probe", "Detail": "{}"}
    bus = {"Entries": [{**event, "EventBusName": "another"}]}
    return [
        role_call("sqs:SendMessage", {ATTACK}, queue, **url, MessageBody="nothing"),
        role_call("sqs:ReceiveMessage", {UNDELIVERED}, queue, **url),
        role_call("sqs:DeleteMessage", {UNDELIVERED}, queue, **url, ReceiptHandle="nobody"),
        role_call("sqs:GetQueueAttributes", {UNDELIVERED}, queue, **url, AttributeNames=["QueueArn"]),
        role_call("sqs:PurgeQueue", NOBODY, queue, **url),
        role_call("events:PutEvents", WRITERS, "event-bus/default", Entries=[event]),
        role_call("events:PutEvents", NOBODY, "event-bus/another", **bus),
        role_call("events:PutRule", NOBODY, "rule/nobody", Name="nobody", EventPattern='{"source": ["nobody"]}'),
        role_call("cloudwatch:DescribeAlarms", {API, ATTACK}, AlarmNames=["nobody"]),
        role_call("cloudwatch:DeleteAlarms", NOBODY, f"alarm:{name}-queue", AlarmNames=["nobody"]),
        role_call("sns:Publish", NOBODY, name, TopicArn=f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}", Message="x"),
    ]


def machines() -> list[RoleCall]:
    machine, group, face = "i-00000000000000000", "sg-00000000000000000", "eni-00000000000000000"
    one, instance = {"InstanceIds": [machine]}, f"instance/{machine}"
    interface = {"NetworkInterfaceId": face, "Groups": [group]}
    made = {"GroupName": MADE_GROUP, "Description": "x", "VpcId": "vpc-00000000000000000"}
    changed = (instance, f"network-interface/{face}", f"security-group/{group}")
    return [
        role_call("ec2:DescribeInstances", {ATTACK, RESOLVE}),
        role_call("ec2:DescribeNetworkInterfaces", {ATTACK}),
        role_call("ec2:DescribeSecurityGroups", {ATTACK}),
        role_call("ec2:TerminateInstances", {ATTACK}, instance, **one),
        role_call("ec2:StopInstances", {ATTACK}, instance, **one),
        role_call("ec2:StartInstances", {ATTACK}, instance, **one),
        role_call("ec2:RebootInstances", {ATTACK}, instance, **one),
        role_call("ec2:ModifyNetworkInterfaceAttribute", {ATTACK}, *changed, **interface),
        role_call("ec2:CreateSecurityGroup", {ATTACK}, f"security-group/{group}", "vpc/vpc-00000000000000000", **made),
        role_call("ec2:RevokeSecurityGroupEgress", {ATTACK}, f"security-group/{group}", GroupId=group),
        role_call("ec2:RunInstances", NOBODY, instance, MinCount=1, MaxCount=1, ImageId="ami-00000000"),
        role_call("ec2:CreateTags", NOBODY, instance, Resources=[machine], Tags=[{"Key": "a", "Value": "b"}]),
        role_call("ec2:DeleteTags", NOBODY, instance, Resources=[machine]),
    ]


def account(stage: str, name: str) -> list[RoleCall]:
    bucket = f"{name}-packages-{ACCOUNT}-{REGION}"
    thing, role = {"Bucket": bucket, "Key": "nothing"}, f"arn:aws:iam::{ACCOUNT}:role/{name}-scheduler"
    target, admin = (f"arn:aws:iam::{ANOTHER_ACCOUNT}:role/{each}" for each in (TARGET_ROLE, "admin"))
    allowing = {ATTACK, RESOLVE} if stage == "local" else NOBODY  # the stages on AWS name no role until somebody does
    return [
        role_call("sts:AssumeRole", allowing, target, RoleArn=target, RoleSessionName="probe"),
        role_call("sts:AssumeRole", NOBODY, admin, RoleArn=admin, RoleSessionName="probe"),
        role_call("iam:GetRole", NOBODY, role, RoleName=f"{name}-scheduler"),
        role_call("iam:PutRolePolicy", NOBODY, role, RoleName="nobody", PolicyName="x", PolicyDocument="{}"),
        role_call("iam:CreateAccessKey", NOBODY, f"arn:aws:iam::{ACCOUNT}:user/nobody", UserName="nobody"),
        role_call("s3:GetObject", NOBODY, f"arn:aws:s3:::{bucket}/nothing", **thing),
        role_call("s3:PutObject", NOBODY, f"arn:aws:s3:::{bucket}/nothing", **thing, Body="x"),
        role_call("cloudformation:DeleteStack", NOBODY, "stack/nobody/*", StackName="nobody"),
    ]
