"""Bound the time of each use case, in seconds (docs/adr/0008).

API Gateway gives up after 29 seconds, and a request to AWS that is under way may take 5 more.
"""

POSTING = 22
MAKING = 11
"""Of ``POSTING``; the rest, 6 at the least, is for undoing what was made."""
DRY_RUN = 10
"""Once it has begun, looking up the targets may take 17."""
CHANGING = 15
READING = 10
