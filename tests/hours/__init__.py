"""Running the tests at another hour, with libfaketime: the hours at which tests have failed, and the command for them.

    tests/hours/run "2027-03-28 00:58:30" tests/unit tests/api tests/docs

The time is UTC. The awkward ones: 17:00 and 22:58 of an ordinary day, the nights of both changes of clocks, and the
last of December. libfaketime makes suites with many threads (tests/contract, part of tests/plugins) time out or crash
by itself: a failure counts there only if an ordinary hour passes.
"""
