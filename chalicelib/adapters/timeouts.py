"""How long one request to AWS may take, in seconds: what a budget (``chalicelib/budget.py``) can be overrun by.

AWS answers these requests in tens of milliseconds; a megabyte read from a table takes part of a second. Four seconds
without a byte is an answer that will not come.
"""

CONNECT = 1
READ = 4
REQUEST = CONNECT + READ
RESOLVE = 16
"""Without a byte, for an answer of the resolve function, which looks for machines first. Its own timeout is shorter
(infra/generate.py)."""
GLANCE = 6
"""The same while a plan is made, which does not depend on it: enough for the function to start and look."""
