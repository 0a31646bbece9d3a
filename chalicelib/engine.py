"""What people can ask of the engine: the use cases of the API, one verb each."""

from chalicelib.executor_cases import ExecutorCases
from chalicelib.making import Making
from chalicelib.plan_cases import PlanCases


class Engine(Making, PlanCases, ExecutorCases):
    """Every use case of plans and executors; ``by`` is who asks.

    Every method may raise ``Unavailable``: then what was asked for was not done, or may be asked for again as it is;
    making a plan says so where that is not known (``InDoubt``).
    """

    __slots__ = ()
