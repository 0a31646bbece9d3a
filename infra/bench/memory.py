"""Measure the memory of the functions' processes, from which their sizes in the configuration follow."""

from infra.bench import attacks
from infra.bench.engine import ask, many, post
from infra.bench.figures import Rows
from infra.bench.server import listening
from infra.local.bring_up import LOCAL
from infra.local.child import RunningEngine
from infra.local.processes import memory


def at_rest_and_after_work(engine: RunningEngine) -> Rows:
    """Return MiB of the functions' processes, by what has gone before."""
    api, attack, aws_port = LOCAL.names.name, engine.run["attack_function"], int(engine.run["aws"].rpartition(":")[2])
    found = {"the API at rest": memory(api, aws_port)}
    attacks.deliverer(engine)(attacks.NOTHING)
    found["the attack function at rest"] = memory(attack, aws_port)
    with listening() as target:
        attacks.warm(engine, target, runs=1)
        found["the attack function after two attacks"] = memory(attack, aws_port)
        attacks.one_by_one(engine, target, 1000)
        found["the attack function after 1,000 more"] = memory(attack, aws_port)
    path, _ = post(engine, many(1000))
    found["the API after a plan of 1,000"] = memory(api, aws_port)
    ask(engine, "DELETE", path)
    return {name: {"MiB": round(mib, 1)} for name, mib in found.items()}
