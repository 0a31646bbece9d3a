"""Secrets in the life of a plan: sealed before anything is stored, opened for the plugin alone."""

import json
import logging
import threading
from typing import Any

import pytest

from chalicelib.domain.errors import InvalidRequest, PlannerRefused
from chalicelib.domain.model import Executor, Plan
from chalicelib.domain.secret_reference import Reference
from chalicelib.domain.unavailable import Unavailable
from chalicelib.plugin import Attack
from chalicelib.plugin.registry import Registry
from chalicelib.plugin.registry import attacks as the_attacks
from chalicelib.secrets.parts import MASK
from tests.api.client import Client
from tests.support.world import World, later, plan_document, world

CANARY = "canary-5f2c"
PARAMETER = {"ssm": "/chaosmonkey/test/key"}
KEPT = Reference("ssm", "/chaosmonkey/test/key")

ATTACK = """
import logging
import sys
import threading
from chalicelib.plugin import Attack, AttackFailed, Resolved, Target
from chalicelib.plugin.schemas import DURATION, plugin_schema

given = []

class Teller(Attack):
    ref, example = "teller:Teller", {}
    schema = plugin_schema(
        how={"type": "string"},
        secret={"type": "string", "writeOnly": True},
        headers={"type": "object", "additionalProperties": {"type": "string"}},
        options={"type": "object", "writeOnly": True},
    )

    def resolve(self):
        if self.attack_config.get("how") == "resolve badly":
            raise ValueError("cannot " + str(self.attack_config["secret"]))
        return Resolved(candidates=(Target("t"),), known={"with": str(self.attack_config["secret"])})

    def run(self):
        given.append(self.attack_config)
        secret, how = self.attack_config["secret"], self.attack_config.get("how")
        logging.getLogger("plugin").warning("using %s", secret)
        if how == "fail":
            raise AttackFailed("refused " + secret, sent=secret)
        if how == "raise":
            raise ValueError("what is " + secret)
        if how == "shout":
            print("out", secret)
            print("err", secret, file=sys.stderr)
            thread = threading.Thread(target=lambda: print("thread", secret) or {}[secret])
            thread.start()
            thread.join()
            return {"output": "é" * 5000 + secret + "x" * 5000, "as bytes": secret.encode()}
        return {"sent": [secret], "length": len(secret)}

class Undone(Teller):
    ref = "teller:Undone"
    schema = plugin_schema(secret={"type": "string", "writeOnly": True}, duration=DURATION)

    def prepare(self):
        return {"was": 1}

    def revert(self, state):
        given.append(self.attack_config)
        return {"said": self.attack_config["secret"]}
"""
PLANNER = """
import datetime
from chalicelib.plugin import Planner
from chalicelib.plugin.schemas import plugin_schema

class Several(Planner):
    ref, example = "several:Several", {}
    schema = plugin_schema(token={"type": "string"}, fail={"type": "boolean"}, name={"type": "boolean"})

    def plan(self, planner_config, attack_config):
        if planner_config["args"].get("fail"):
            raise ValueError("with " + planner_config["args"]["token"])
        for number in range(3):
            own = {**attack_config, "args": {**attack_config["args"], "secret": f"own-canary-5f2c-{number}"}}
            date = self.now + datetime.timedelta(hours=number + 1)
            name = "job " + planner_config["args"]["token"] if planner_config["args"].get("name") else self.name
            self._add_job(date, name, own if number else attack_config)
"""


@pytest.fixture
def some(package: Any) -> World:
    attacks = Registry("attack", package(teller=ATTACK), Attack)
    from chalicelib.plugin import Planner

    return world(attacks=attacks, planners=Registry("planner", package(several=PLANNER), Planner))


def at_of(some: World, attack: dict[str, Any], **planner: Any) -> dict[str, Any]:
    return {"name": "a plan", "attack": attack, "planner": {"ref": "several:Several", "args": planner}}


def attack(ref: str = "teller:Teller", **args: Any) -> dict[str, Any]:
    return {"ref": ref, "args": {"secret": CANARY, **args}}


def made(some: World, document: dict[str, Any]) -> tuple[Plan, tuple[Executor, ...]]:
    return some.plans.get(some.creation.create(document).id)


def given(some: World) -> list[Any]:
    import importlib

    found: list[Any] = importlib.import_module(type_module(some)).given
    return found


def type_module(some: World) -> str:
    return some.attacks.get("teller:Teller").__module__


def stored(some: World, plan: Plan) -> str:
    return repr(some.store.plans.load(plan.id))


def test_what_is_stored_shows_no_secret_and_the_plugin_is_given_all(some: World) -> None:
    document = attack(headers={"Cookie": CANARY, "Accept": "*/*"}, options={"a": [CANARY, 3], "b": None})
    plan, (executor, *others) = made(some, at_of(some, document, token=CANARY))
    assert CANARY not in stored(some, plan) and "own-canary" not in stored(some, plan)
    assert plan.planner["args"] == {"token": MASK}
    ended = some.run(executor)
    assert isinstance(ended, Executor) and ended.status == "succeeded"
    assert given(some) == [document["args"]]
    some.run(others[0])
    assert given(some)[1] == {**document["args"], "secret": "own-canary-5f2c-1"}
    assert CANARY not in stored(some, plan)


def test_sealing_is_one_request_a_plan_and_opening_one_an_attack(some: World) -> None:
    _, executors = made(some, at_of(some, attack()))
    assert (some.vault.sealed, some.vault.opened) == (1, 0)
    for executor in executors:
        some.run(executor)
    assert (some.vault.sealed, some.vault.opened) == (1, 3)


def test_without_a_secret_there_is_no_request(new: World) -> None:
    executor = new.executor()
    new.run(executor)
    new.creation.dry_run(plan_document(later(days=1)))
    assert (new.vault.sealed, new.vault.opened) == (0, 0)


def test_a_planner_whose_secrets_are_not_kept_cannot_plan_again(some: World) -> None:
    plan, _ = made(some, at_of(some, attack(), token=CANARY))
    with pytest.raises(InvalidRequest, match="post the plan anew"):
        some.creation.clone(plan.id)


def test_a_dry_run_seals_nothing(some: World) -> None:
    run = some.creation.dry_run(at_of(some, attack()))
    assert some.vault.sealed == 0
    assert run.targets.known == {"with": MASK}


@pytest.mark.parametrize(
    ("how", "message"),
    [("fail", f"refused {MASK}"), ("raise", f"what is {MASK}"), (None, None)],
)
def test_what_comes_of_an_attack_is_logged_without_it(
    some: World, how: str | None, message: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    from chalicelib.runtime.logs import Lines

    caplog.handler.setFormatter(Lines())
    _, (executor, *_) = made(some, at_of(some, attack(**({"how": how} if how else {}))))
    ended = some.run(executor)
    assert isinstance(ended, Executor)
    assert (ended.error and ended.error.message) == message
    assert CANARY not in repr(ended) and CANARY not in repr(some.publisher)
    assert CANARY not in caplog.text and f"using {MASK}" in caplog.text


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("secret", [CANARY, 'canary-"5f2c"', "canary-5f2c-€", "canary\\5f2c'"])
def test_what_a_plugin_prints_and_what_its_threads_raise_is_said_without_it(
    some: World, secret: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)
    _, (executor, *_) = made(some, at_of(some, attack(secret=secret, how="shout")))
    ended = some.run(executor)
    said = capsys.readouterr()
    assert isinstance(ended, Executor) and ended.outcome and "truncated" in ended.outcome
    assert f"out {MASK}\n" in said.out and f"thread {MASK}\n" in said.out
    assert f"err {MASK}\n" in said.err and f"KeyError: {MASK}" in said.err.replace("'", "").replace('"', "")
    for text in (said.out, said.err, repr(ended), json.dumps(ended.outcome)):
        assert "canary" not in text and "5f2c" not in text


def test_a_planner_that_names_a_job_after_a_secret_stores_it_masked(some: World) -> None:
    document = at_of(some, attack(), token=CANARY, name=True)
    plan, executors = made(some, document)
    assert {each.name for each in executors} == {f"job {MASK}"}
    assert CANARY not in stored(some, plan)


def test_a_reference_is_read_when_it_attacks(some: World) -> None:
    plan, (executor, *_) = made(some, at_of(some, attack(secret=PARAMETER, headers={"cookie": PARAMETER})))
    assert (some.vault.sealed, plan.attack["args"]["secret"]) == (1, {"$secret": PARAMETER})  # the planner's own
    some.secrets.kept[KEPT] = CANARY
    ended = some.run(executor)
    assert isinstance(ended, Executor) and ended.outcome == {"sent": [MASK], "length": len(CANARY)}
    assert given(some) == [{"secret": CANARY, "headers": {"cookie": CANARY}}]
    assert some.vault.opened == 0


def test_a_reference_that_cannot_be_read_is_a_failed_attack_with_a_sentence(some: World) -> None:
    _, (executor, *_) = made(some, at_of(some, attack(secret=PARAMETER)))
    ended = some.run(executor)
    assert isinstance(ended, Executor) and ended.error
    assert (ended.status, ended.error.type) == ("failed", "SecretUnreadable")
    assert ended.error.message == "the secret /chaosmonkey/test/key cannot be read: NotFound"
    assert given(some) == []


@pytest.mark.parametrize("kept", ["日本-canary", "canary\n", "a canary\r\nX-B: b"])
def test_a_secret_that_was_read_and_could_not_have_been_posted_is_a_failed_attack_that_names_its_place(
    kept: str,
) -> None:
    some = world(attacks=the_attacks())
    args = {"endpoint": "http://127.0.0.1:9/", "method": "GET", "headers": {"X-Team": PARAMETER}}
    executor = some.executor(attack={"ref": "api_request:ApiRequest", "args": args})
    some.secrets.kept[KEPT] = kept
    ended = some.run(executor)
    assert isinstance(ended, Executor) and ended.error
    assert (ended.status, ended.error.type) == ("failed", "SecretUnreadable")
    assert ended.error.message.startswith(
        "a secret that the attack refers to does not fit: $.attack.args.headers['X-Team']: "
    )
    assert "Latin-1" in ended.error.message and kept not in ended.error.message


def test_a_secret_that_does_not_open_is_a_failed_attack_with_a_sentence(some: World) -> None:
    plan, (first, second, *_) = made(some, at_of(some, attack()))
    some.vault.broken = True
    ended = some.run(first)
    assert isinstance(ended, Executor) and ended.error and ended.error.type == "Unavailable"
    some.vault.broken = False
    some.vault._keys.clear()
    ended = some.run(second)
    assert isinstance(ended, Executor) and ended.error
    assert ended.error.message == f"the secrets of plan {plan.id} cannot be opened: post the plan again"
    assert given(some) == []


def test_where_nothing_can_be_sealed_nothing_is_made(some: World) -> None:
    some.vault.broken = True
    with pytest.raises(Unavailable):
        some.creation.create(at_of(some, attack()))
    assert some.is_empty


def test_an_undo_has_the_secrets_too(some: World) -> None:
    document = {"name": "a", "attack": attack("teller:Undone", duration=60), "planner": {"ref": "several:Several"}}
    plan, executors = made(some, document)
    first, undo = executors[0], executors[1]
    assert undo.undoes == first.id
    some.run(first)
    ended = some.run(undo)
    assert isinstance(ended, Executor) and ended.outcome == {"said": MASK}
    assert [args["secret"] for args in given(some)] == [CANARY, CANARY]
    assert CANARY not in stored(some, plan)


@pytest.mark.parametrize(
    "reference", [{"ssm": "/other/key"}, {"ssm": "/chaosmonkey/prod/key"}, {"secretsmanager": "x"}]
)
def test_a_reference_to_what_the_stage_may_not_read_is_refused(some: World, reference: Any) -> None:
    for use in (some.creation.create, some.creation.dry_run):
        with pytest.raises(InvalidRequest, match="cannot be read: give "):
            use(at_of(some, attack(secret=reference)))
    assert some.is_empty


def test_what_a_stored_reference_leads_to_is_judged_again(some: World) -> None:
    """Whoever could write to the table could have the attack function read any parameter."""
    from chalicelib.secrets.encryption import Opening

    opening = Opening(vault=some.vault, reader=some.secrets, stage="other")
    with pytest.raises(InvalidRequest):
        opening.opened("plan-1", {"ref": "a:A", "args": {"x": {"$secret": PARAMETER}}})


def test_a_mark_whose_secret_is_gone_is_a_failed_attack(some: World) -> None:
    from chalicelib.domain.errors import SecretUnreadable
    from chalicelib.secrets.encryption import Opening

    opening = Opening(vault=some.vault, reader=some.secrets, stage="test")
    for config in (
        {"ref": "a:A", "args": {"x": {"$secret": 0}}},
        {"ref": "a:A", "args": {"x": {"$secret": 1}}, "$sealed": some.vault.seal("plan-1", ["[1]"])[0]},
    ):
        with pytest.raises(SecretUnreadable):
            opening.opened("plan-1", config)


def test_a_planner_that_fails_is_reported_without_secrets(some: World, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(PlannerRefused) as raised, caplog.at_level(logging.WARNING):
        some.creation.create(at_of(some, attack(), token=CANARY, fail=True))
    assert str(raised.value) == "planner several:Several made no plan: ValueError"
    assert CANARY not in caplog.text


def test_targets_that_cannot_be_resolved_are_reported_without_secrets(some: World) -> None:
    targets = some.creation.dry_run(at_of(some, attack(how="resolve badly"))).targets
    assert (targets.unknown, targets.failed) == (f"ValueError: cannot {MASK}", True)
    targets = some.creation.dry_run(at_of(some, attack(how="resolve badly", secret=PARAMETER))).targets
    assert (targets.unknown or "").startswith("its secret is read only when it attacks; without it: ")
    assert not targets.failed


def test_the_api_shows_masks_and_references_whatever_it_answers(some: World) -> None:
    api, said = Client(some), []
    document = at_of(some, attack(headers={"Authorization": PARAMETER, "Cookie": CANARY}), token=CANARY)
    shown = {"secret": MASK, "headers": {"Authorization": PARAMETER, "Cookie": MASK}}
    for path in ("/api/1/plans/?dry_run=true", "/api/1/plans/"):
        said.append(api.post(path, document))
        assert (said[-1].status, said[-1]["attack"]["args"]) == (200, shown), said[-1]
    said.append(api.get(f"/api/1/plans/{said[-1]['id']}"))
    said.append(api.get("/api/1/plans/"))
    assert said[-2]["attack"] == said[-1]["plans"][0]["attack"] == {"ref": "teller:Teller", "args": shown}
    said.append(api.get("/api/1/executors/"))
    said.append(api.post("/api/1/plans/", at_of(some, attack(how=3))))
    said.append(api.post("/api/1/plans/", at_of(some, attack(secret={"deep": CANARY}))))
    assert [answer.status for answer in said[-2:]] == [400, 400]
    assert not [answer for answer in said if CANARY in answer.text or "$secret" in answer.text]


def test_no_one_may_post_what_looks_like_a_seal(some: World) -> None:
    with pytest.raises(InvalidRequest, match="the engine's own names"):
        some.creation.create(at_of(some, attack(options={"$secret": 0})))


def test_a_plan_of_nothing_but_small_secrets_can_still_be_stored(new: World) -> None:
    headers = {"all": [{"token": str(number)} for number in range(9000)]}
    plan, _ = new.plan(attack={"ref": "note:Note", "args": {"target": "a", "headers": headers}})
    assert len(json.dumps(dict(plan.attack))) < 390_000
