"""`.local/run.json`, by which other programs find the running engine."""

from infra.local.child import Child, RunningEngine


def test_it_says_where_everything_is(child: Child, stack: RunningEngine) -> None:
    assert stack.run == {
        "api": f"http://localhost:{child.port}",
        "aws": f"http://127.0.0.1:{child.aws_port}",
        "stage": "local",
        "region": "us-east-1",
        "access_key": stack.run["access_key"],
        "secret_key": stack.run["secret_key"],
        "attack_function": "chaosmonkey-local-attack",
        "schedule_group": "chaosmonkey-local",
    }
    functions = stack.client("lambda").list_functions()["Functions"]
    assert {each["FunctionName"] for each in functions} == {
        "chaosmonkey-local",
        "chaosmonkey-local-attack",
        "chaosmonkey-local-resolve",
        "chaosmonkey-local-sweep",
        "chaosmonkey-local-undelivered",
    }
    assert stack.client("scheduler").get_schedule_group(Name=stack.run["schedule_group"])["State"] == "ACTIVE"


def test_the_api_answers_there(stack: RunningEngine) -> None:
    status, document = stack.api("GET", "/")
    assert status == 200
    assert document["_links"]["plans"]["href"] == "/api/1/plans/"
