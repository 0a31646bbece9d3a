"""Programs that stand in for those of the machine."""

import os
import shutil
from pathlib import Path

_SYSTEMCTL = """
echo "$*" >>"{log}"
case "$*" in
    "is-active --quiet orders.service") [ "$(cat "{state}")" = running ] ;;
    "stop orders.service") printf stopped >"{state}" ;;
    "start orders.service") printf running >"{state}" ;;
    *) echo "Unit not found." >&2; exit 5 ;;
esac
"""

_TC = """
echo "$*" >>"{log}"
"{real}" "$@" 2>"{problem}" && exit
if grep -q 'qdisc kind is unknown' "{problem}"; then
    arguments=${{*%%netem*}}
    exec "{real}" ${{arguments}} tbf rate 10mbit burst 20kb latency 100ms
fi
cat "{problem}" >&2
exit 2
"""


class Tools:
    """A folder of programs, for a path where they come first, or are alone."""

    def __init__(self, parent: Path) -> None:
        self.folder = parent / "tools"
        self.folder.mkdir()
        self.log = parent / "tools.log"
        """What they were called with, where they keep it."""

    @property
    def first(self) -> dict[str, str]:
        return {"PATH": f"{self.folder}:/usr/sbin:/sbin:{os.environ['PATH']}"}

    def alone(self, *of_the_machine: str) -> dict[str, str]:
        for name in of_the_machine:
            (self.folder / name).symlink_to(str(shutil.which(name, path=self.first["PATH"])))
        return {"PATH": str(self.folder)}

    def add(self, name: str, text: str) -> None:
        (self.folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (self.folder / name).chmod(0o755)

    def calls(self) -> list[str]:
        return self.log.read_text().splitlines()

    def add_systemctl(self) -> Path:
        """One that knows orders.service, which runs; the answer is the file of its state."""
        state = self.folder.parent / "orders.state"
        state.write_text("running")
        self.add("systemctl", _SYSTEMCTL.format(log=self.log, state=state))
        return state

    def add_tc(self) -> None:
        """The machine's own tc; where its kernel has no netem, a queueing discipline that it has takes its place."""
        real = shutil.which("tc", path=self.first["PATH"])
        self.add("tc", _TC.format(log=self.log, real=real, problem=self.folder.parent / "tc.problem"))
