"""What the original engine took for the same, in milliseconds (medians).

chaos-monkey-engine 1.1.0 on CPython 3.6 with the versions it was pinned to, one process beside its SQLite database on 2
cores; the plans are SimplePlanner's, as here.
"""

CREATE = {1: 20.2, 10: 130.3, 100: 1317.7, 1000: 22019.6}
DELETE = {1: 9.5, 10: 10.7, 100: 18.8, 1000: 65.2}
