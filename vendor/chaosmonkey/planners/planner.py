"""``from chaosmonkey.planners.planner import Planner``"""

from chalicelib.plugin import Planner

__all__ = ["Planner"]
