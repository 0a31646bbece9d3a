"""Make virtual environments: ``python3 infra/local/make_venv.py <folder>[=<requirements file>]...``.

It is the first file that a newcomer's Python runs. It needs only the standard library, and parses on old Pythons to
report their version.
"""

import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
LOGS = os.path.join(".local", "log")
LINES_SHOWN = 15


def main(*environments):  # type: (*str) -> int
    """Make, all at once, each environment that is missing or older than its requirements file.

    pip installs the requirements and checks each file against their hashes; without requirements, not even pip is
    installed. A file ``stamp`` marks a complete environment. Of two calls at once, only one creates it.
    """
    if sys.version_info < OLDEST:
        version = "%d.%d" % sys.version_info[:2]
        return _fail(
            "%s is Python %s: 3.11 or newer is needed, as in: make PYTHON=python3.12" % (sys.executable, version)
        )
    try:  # only whether they are there: Debian packs them apart from Python
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return _fail(
            "%s cannot make virtual environments: install its venv package (Debian: python3-venv)" % sys.executable
        )
    from concurrent.futures import ThreadPoolExecutor

    # Run as a script, so what lies beside it has no package.
    from progress import step  # type: ignore[import-not-found]

    os.makedirs(LOGS, exist_ok=True)
    folders = [environment.partition("=")[0] for environment in environments]
    with step("Making %s" % ", ".join(folders)), ThreadPoolExecutor(len(folders)) as pool:
        failures = [failure for failure in pool.map(_make, environments) if failure]
    return _fail("\n".join(failures)) if failures else 0


def _make(environment):  # type: (str) -> str
    """Return why the environment cannot be made, or an empty text."""
    import fcntl

    folder, _, requirements = environment.partition("=")
    log = os.path.join(LOGS, "%s.log" % os.path.basename(folder).strip("."))
    stamp = os.path.join(folder, "stamp")
    with open(log + ".lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(stamp) and (not requirements or os.path.getmtime(stamp) >= os.path.getmtime(requirements)):
            return ""  # another make has just made it
        shutil.rmtree(folder, ignore_errors=True)
        with open(log, "w") as output:
            for command in _commands(folder, requirements):
                status = subprocess.call(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
                if status:
                    return _reason(folder, command, status, log)
        open(stamp, "w").close()
        return ""


def _commands(folder, requirements):  # type: (str, str) -> list[list[str]]
    make = [sys.executable, "-m", "venv", folder]
    if not requirements:
        return [make + ["--without-pip"]]
    pip = [os.path.join(folder, "bin", "python"), "-m", "pip", "--disable-pip-version-check"]
    # The lock names every package. Asked to resolve as well, pip turns down `name==1` where a package
    # needs `name[extra]` and a release newer than 1 is out.
    install = pip + ["install", "--require-hashes", "--no-deps", "--requirement", requirements]
    return [make, install, pip + ["check"]]


def _reason(folder, command, status, log):  # type: (str, list[str], int, str) -> str
    with open(log, errors="replace") as output:
        lines = output.read().splitlines()[-LINES_SHOWN:]
    reason = "%s cannot be made: %s exited with status %d" % (folder, " ".join(command), status)
    return "\n".join(lines + ["%s; the whole output is in %s" % (reason, log)])


def _fail(sentence):  # type: (str) -> int
    sys.stderr.write(sentence + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
