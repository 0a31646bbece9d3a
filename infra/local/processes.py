"""The processes in which a local AWS runs the functions, as Linux shows them."""

from pathlib import Path


def of_function(name: str, aws_port: int) -> list[int]:
    """The processes that run the function for the local AWS at that port, of all there may be on this machine."""
    wanted = {f"AWS_LAMBDA_FUNCTION_NAME={name}".encode(), f"GATEWAY_PORT={aws_port}".encode()}
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if wanted <= _environment(folder)]


def memory(pid: int) -> float:
    """MiB that the process holds in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def _environment(folder: Path) -> set[bytes]:
    try:
        return set((folder / "environ").read_bytes().split(b"\0"))
    except OSError:  # it has just ended, or is another's
        return set()
