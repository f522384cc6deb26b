"""What the system knows about the processes of a bot (Linux, ``/proc``)."""

from pathlib import Path


def family(pid: int) -> list[int]:
    """Return a process and everything that it has started and that still runs."""
    children = [
        int(child)
        for file in Path(f"/proc/{pid}/task").glob("*/children")
        for child in file.read_text().split()
    ]
    return [pid, *(member for child in children for member in family(child))]
