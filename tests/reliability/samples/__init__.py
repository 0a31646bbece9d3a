"""An attack and a planner for the proofs, and where they are found."""

from chalicelib.plugin import Attack, Planner
from chalicelib.plugin.registry import Registry

ATTACKS = Registry("attack", "tests.reliability.samples.attacks", Attack)
PLANNERS = Registry("planner", "tests.reliability.samples.planners", Planner)
