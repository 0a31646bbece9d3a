"""``make script``."""

import subprocess
import sys

from chalicelib.drivers.ssh import scripts


def test_a_script_is_printed_as_it_is_uploaded() -> None:
    printed = subprocess.run([sys.executable, "-m", "infra.script", "s_fill_memory"], capture_output=True, check=True)
    assert printed.stdout == scripts.load("s_fill_memory.sh")


def test_a_script_that_is_not_there_is_not_printed() -> None:
    refused = subprocess.run([sys.executable, "-m", "infra.script", "s_nope"], capture_output=True, text=True)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith(
        "Error: NAME: there is no such script in plugins/scripts: give one of s_burncpu.sh, "
    )
