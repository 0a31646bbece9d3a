"""A planner that does whatever it is asked to."""

import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any

from chalicelib.domain.errors import APIError
from chalicelib.domain.model import Config
from chalicelib.plugin import Planner
from chalicelib.plugin.schemas import plugin_schema

_LAST = datetime.max.replace(tzinfo=timezone(-timedelta(hours=1)))


class Odd(Planner):
    """Plan in a way of one's choice."""

    ref = "odd:Odd"
    schema = plugin_schema(["how"], how={"type": "string"}, number={"type": "integer"}, attack={})
    example = {"ref": ref, "args": {"how": "nothing"}}

    def plan(self, planner_config: Config, attack_config: Any) -> None:
        args = planner_config["args"]
        tomorrow, own = self.now + timedelta(days=1), args.get("attack")

        def times() -> None:
            for minute in range(args["number"]):
                self._add_job(tomorrow + timedelta(minutes=minute), self.name, attack_config)

        def change() -> None:
            attack_config["args"]["target"] = "another"
            planner_config.clear()
            self._add_job(tomorrow, self.name, attack_config)

        ways: dict[str, Callable[[], object]] = {
            "nothing": lambda: None,
            "times": times,
            "change": change,
            "raise": lambda: {}["date"],
            "exit": lambda: sys.exit(1),
            "answer": lambda: _raise(APIError("no such team", 404, {"team": "a"})),
            "past": lambda: self._add_job(self.now - timedelta(seconds=1), self.name, attack_config),
            "now": lambda: self._add_job(self.now, self.name, attack_config),
            "too far": lambda: self._add_job(datetime(9000, 1, 2), self.name, attack_config),
            "no zone has it": lambda: self._add_job(_LAST, self.name, attack_config),
            "text": lambda: self._add_job("tomorrow", self.name, attack_config),
            "nameless": lambda: self._add_job(tomorrow, "", attack_config),
            "long name": lambda: self._add_job(tomorrow, "x" * 257, attack_config),
            "name of two lines": lambda: self._add_job(tomorrow, "one\ntwo", attack_config),
            "naive": lambda: self._add_job(datetime(2027, 6, 21, 15, 30, 0, 999_999), self.name, attack_config),
            "day": lambda: self._add_job(date(2027, 6, 21), self.name, attack_config),
            "own attack": lambda: self._add_job(tomorrow, self.name, own),
            "both attacks": lambda: [self._add_job(tomorrow, self.name, each) for each in (attack_config, own)],
            "attack without args": lambda: self._add_job(tomorrow, self.name, {"ref": attack_config["ref"]}),
            "attack that is no JSON": lambda: self._add_job(tomorrow, self.name, {"ref": {1, 2}}),
            "chance": lambda: self._add_job(
                tomorrow + timedelta(seconds=self.rng.randrange(10**6)), "x", attack_config
            ),
        }
        ways[args["how"]]()


def _raise(error: Exception) -> None:
    raise error
