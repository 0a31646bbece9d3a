"""Define the seconds that one request to AWS may take: so much may a deadline (``chalicelib/runtime/deadline.py``) be
overrun.

AWS answers these requests in tens of milliseconds; a megabyte read from a table takes part of a second. An answer of
which no byte comes for four seconds will not come.
"""

CONNECT = 1
READ = 4
REQUEST = CONNECT + READ
RESOLVE = 16
"""Without a byte, for an answer of the resolve function, which looks for machines first. Its own timeout is shorter
(infra/stage/generate.py)."""
GLANCE = 6
"""The same while a plan is made, which does not depend on it: enough for the function to start and look."""
