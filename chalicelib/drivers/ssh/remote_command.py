"""Build the command that runs an uploaded script, the same for every plan and every login shell.

The command line holds no word of a plan. It starts ``sh``, which prints a marker and then reads lines from the
connection's standard input: first the keeper, then the words that start the script. So neither a login shell nor ``sh``
ever parses a plan's words, and a login shell that fails cannot repeat them.

The keeper is a few lines of POSIX sh. It ends the script together with its connection, and then removes the file. At
the end of standard input it terminates the whole process group, and kills it three seconds later. It closes its own
outputs first, because a shell would report the killed processes. It does not find processes that have left the group
(``setsid``). Last of all it prints a second marker with the exit status of the script.
"""

from collections.abc import Mapping, Sequence

STOP_SECONDS = 8
"""Seconds after which a script that was stopped is surely gone: three, and those of the way there."""

# Single quotes hold in sh, bash, dash, zsh, ksh, fish, csh and tcsh where the text between them is one short line
# without quotes, backslashes and exclamation marks.
_COMMAND = 'exec sh -c \'echo "begun-$1"; IFS= read -r keeper && eval "$keeper"\' sh {marker}'

_KEEPER = (
    'mark=$1 left={count}; shift; while [ "$left" -gt 0 ]; do IFS= read -r word || exit 1; set -- "$@" "$word"; '
    "left=$((left - 1)); done; file=$1; shift; "
    'stop=; exec 3<&0 4>&1; trap stop=1 TERM; trap : PIPE; "$@" 2>&1 3<&- 4>&- </dev/null & script=$!; '
    '(trap "" TERM; read -r go <&3; kill -TERM 0; sleep 3; rm -f -- "$file"; kill -KILL 0) >/dev/null 2>&1 4>&- & '
    "keeper=$!; "
    "exec 3<&- </dev/null >/dev/null 2>&1; wait $script; code=$?; "
    "while kill -0 $script 2>/dev/null; do wait $script; code=$?; done; "
    'rm -f -- "$file"; if [ "$stop" ]; then kill -KILL 0; fi; kill -KILL $keeper; '
    'echo "ended-$mark-$code" >&4; exit $code'
)


def command(marker: str) -> str:
    """Return the command line to execute. ``marker`` is a word of letters and digits, another one for each run."""
    return _COMMAND.format(marker=marker)


def begin_mark(marker: str) -> bytes:
    """Return the line that the command prints once it waits for input. The command line does not contain it."""
    return f"begun-{marker}\n".encode()


def end_mark(marker: str) -> bytes:
    """Return the text before the exit status in the last line that the keeper prints."""
    return f"ended-{marker}-".encode()


def standard_input(path: str, arguments: Sequence[str], environment: Mapping[str, str]) -> bytes:
    """Return the lines for the command to read: they run the file at ``path``, below the home folder if relative.

    ``env`` sets the variables and starts ``sh``, whose ``exec`` takes its first word for a program, whatever it
    contains. Raises ``ValueError`` for a word that is not one line of text.
    """
    place = path if path.startswith("/") else f"./{path}"
    variables = [f"{name}={value}" for name, value in environment.items()]
    words = [place, "env", *variables, "sh", "-c", 'exec "$0" "$@"', place, *arguments]
    if any(set(word) & {"\n", "\0"} for word in words):
        raise ValueError("the path, an argument or a variable of the script holds a line break or a NUL")
    return "".join(f"{line}\n" for line in (_KEEPER.format(count=len(words)), *words)).encode()
