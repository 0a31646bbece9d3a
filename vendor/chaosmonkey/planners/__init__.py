"""``from chaosmonkey.planners import Planner``"""

from chaosmonkey.planners.planner import Planner

__all__ = ["Planner"]
