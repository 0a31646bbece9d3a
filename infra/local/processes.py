"""Find the processes in which a local AWS runs the functions, on Linux."""

from pathlib import Path

from infra.errors import InfraError


def of_function(name: str, aws_port: int) -> list[int]:
    """Return the processes that run the function for the local AWS at that port."""
    wanted = {f"AWS_LAMBDA_FUNCTION_NAME={name}".encode(), f"GATEWAY_PORT={aws_port}".encode()}
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if wanted <= _environment(folder)]


def memory(name: str, aws_port: int) -> float:
    """Return MiB of the function's largest process. Raises ``InfraError`` where none is running."""
    resident = [_kilobytes(pid) / 1024 for pid in of_function(name, aws_port)]
    if not resident:
        raise InfraError(f"No process of {name} is running")
    return max(resident)


def _kilobytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS:")).split()[1])


def _environment(folder: Path) -> set[bytes]:
    try:
        return set((folder / "environ").read_bytes().split(b"\0"))
    except OSError:  # it has just ended, or is another's
        return set()
