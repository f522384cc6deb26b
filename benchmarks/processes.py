"""What the system knows about a bot's process and its children: processor time and memory (Linux, ``/proc``)."""

import asyncio
import os
from pathlib import Path

from support.processes import family

_TICKS = os.sysconf("SC_CLK_TCK")
_USER, _SYSTEM = 11, 12
"""Where ``utime`` and ``stime`` are in ``/proc/PID/stat``, after the name (proc(5))."""


def processor_seconds(pid: int) -> float:
    """Return the processor time of a process and its children so far, in seconds."""
    return sum(_own_processor_seconds(member) for member in family(pid))


def _own_processor_seconds(pid: int) -> float:
    """Return the processor time of one process so far, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[_USER]) + int(fields[_SYSTEM])) / _TICKS


def memory_megabytes(pid: int) -> float:
    """Return the memory of a process and its children in MB. A shared page counts once, in parts (PSS)."""
    return sum(_own_memory_megabytes(member) for member in family(pid))


async def until_listening(port: int) -> None:
    """Wait until a process accepts connections on a port, for a minute at most. Raises TimeoutError."""
    async with asyncio.timeout(60):
        while True:
            try:
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)  # nothing tells that another process listens
            else:
                writer.close()
                return


def _own_memory_megabytes(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the system does not say how much memory a process uses")
