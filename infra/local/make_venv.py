"""Make a virtual environment: ``python3 infra/local/make_venv.py <folder> [<requirements file>]``.

The first thing a newcomer's Python runs, so it needs nothing but the standard library and parses on old Pythons, to be
able to say what is missing.
"""

import os
import shutil
import sys
import time

OLDEST = (3, 11)


def main(folder, requirements=None):  # type: (str, str | None) -> int
    """Make the folder anew and install the requirements into it; without any, not even pip is there.

    Each file of theirs has to have one of the hashes that the requirements name.

    A file ``stamp`` in it says that it is whole. Two at once make it once.
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
    os.makedirs(".local/log", exist_ok=True)
    log = ".local/log/%s.log" % os.path.basename(folder).strip(".")
    asked = time.time()
    with open(log + ".lock", "a") as lock:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = os.path.join(folder, "stamp")
        if os.path.exists(stamp) and os.path.getmtime(stamp) >= asked:
            return 0  # another make has just made it
        failed = _make(folder, requirements, log)
        if not failed:
            open(stamp, "w").close()
        return failed


def _make(folder, requirements, log):  # type: (str, str | None, str) -> int
    # Run as a script, so what lies beside it has no package.
    import progress  # type: ignore[import-not-found]

    shutil.rmtree(folder, ignore_errors=True)
    make = [sys.executable, "-m", "venv", folder]
    if requirements is None:
        return int(progress.run(log, "Making %s" % folder, *(make + ["--without-pip"])))
    pip = [os.path.join(folder, "bin", "python"), "-m", "pip", "--disable-pip-version-check"]
    install = pip + ["install", "--require-hashes", "--requirement", requirements]
    made = int(progress.run(log, "Making %s" % folder, *make))
    return made or int(progress.run(log, "Installing %s into %s" % (requirements, folder), *install))


def _fail(sentence):  # type: (str) -> int
    sys.stderr.write(sentence + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
