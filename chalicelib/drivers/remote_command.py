"""The command line that runs an uploaded script, for whatever shell the user has there.

A few lines of POSIX sh keep the script: it ends with its connection, and its file goes with it, also when nobody is
left here to see to that. sh says on its first line that it has begun; the connection's standard input, which the
script does not get, is its sign to go on. When that ends, the whole process group is told to terminate, and three
seconds later killed. Its own outputs are closed: a
shell would tell of the processes that were killed. What has left the group (``setsid``) is not found.
"""

import shlex
from collections.abc import Mapping, Sequence

STOP_SECONDS = 8
"""Until when a script that was told to stop is surely gone: three seconds and what the way there takes."""

# On one line, without exclamation marks: csh reads quotes in its own way.
_KEEPER = (
    'echo "$1"; file=$2; shift 2; stop=; exec 3<&0; trap stop=1 TERM; trap : PIPE; "$@" 3<&- </dev/null & script=$!; '
    '(trap "" TERM; read -r go <&3; kill -TERM 0; sleep 3; rm -f -- "$file"; kill -KILL 0) >/dev/null 2>&1 & '
    "keeper=$!; "
    "exec 3<&- </dev/null >/dev/null 2>&1; wait $script; status=$?; "
    "while kill -0 $script 2>/dev/null; do wait $script; status=$?; done; "
    'rm -f -- "$file"; if [ "$stop" ]; then kill -KILL 0; fi; kill -KILL $keeper; exit $status'
)


def of(path: str, arguments: Sequence[str], environment: Mapping[str, str], marker: str) -> str:
    """Run the file at ``path`` with these arguments and environment variables; first prints ``marker``, a line.

    Everything is quoted. A relative path is below the user's home folder.
    """
    place = path if path.startswith("/") else f"./{path}"
    variables = [f"{name}={value}" for name, value in environment.items()]
    words = ["sh", "-c", _KEEPER, "sh", marker, place, "env", *variables, place, *arguments]
    return f"exec {shlex.join(words)}"
