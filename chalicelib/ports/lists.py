"""The port to lists, page by page. Every method may raise ``Unavailable``."""

from typing import Protocol

from chalicelib.domain.executor_filter import ANY, ExecutorFilter
from chalicelib.domain.model import Executor, Plan
from chalicelib.domain.page import Page


class Listings(Protocol):
    """Pages of lists. They may lag a moment behind a write: DynamoDB's indexes are eventually consistent."""

    def plans(self, *, everything: bool, limit: int, after: str | None) -> Page[Plan]:
        """Active plans, newest first; without ``everything`` only those with something left to run. ``after`` is the
        ``position`` of the last plan of the page before."""

    def executors(
        self, *, everything: bool, limit: int, after: str | None, only: ExecutorFilter = ANY
    ) -> Page[Executor]:
        """Return executors by date: all of them, or without ``everything`` those that have not ended.

        A status in ``only`` selects those alone that have ended so. ``only`` names no plan: a plan's executors are
        loaded with the plan.
        """
