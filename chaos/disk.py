"""A full disk for the database: a small one that is filled up, which only root can mount, or a limit on files."""

import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MEGABYTES = 256
"""PostgreSQL needs most of it: an empty cluster, and its log of changes."""
_ROOM_FOR_LOG = 65536
_FILLING = "filling"


class SmallDisk:
    """A folder on a disk of its own. ``problem`` says why it is no disk of its own. Empty if it is."""

    def __init__(self, folder: Path, problem: str) -> None:
        self.folder = folder
        self.problem = problem

    def fill(self) -> None:
        """Write a file until no space is left."""
        with (self.folder / _FILLING).open("wb", buffering=0) as filling:
            for size in (1 << 20, 1 << 12, 1):
                with suppress(OSError):
                    while True:
                        filling.write(b"\0" * size)

    def free(self) -> None:
        """Delete that file."""
        (self.folder / _FILLING).unlink(missing_ok=True)


@contextmanager
def small_disk() -> Iterator[SmallDisk]:
    """Mount a disk in memory on a new folder. Without the right to do so, the folder is used as it is."""
    # PostgreSQL may run as a user of its own, who must reach it.
    folder = Path(tempfile.mkdtemp(prefix="tvbot-chaos-disk-"))
    problem = _mount(folder)
    folder.chmod(0o777)
    try:
        yield SmallDisk(folder, problem)
    finally:
        if not problem:
            # A process that ends late may still have a file open there.
            subprocess.run(["umount", "--lazy", str(folder)], check=False)  # noqa: S607 - the system's own
        shutil.rmtree(folder, ignore_errors=True)


def _mount(folder: Path) -> str:
    if os.geteuid() != 0:
        return "only root can mount a small disk"
    command = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(folder)]
    mounted = subprocess.run(command, check=False, capture_output=True)
    return "" if mounted.returncode == 0 else "no small disk could be mounted here"


@contextmanager
def limited_files(pid: int, log: Path) -> Iterator[None]:
    """Let no file of a process grow beyond the size of its log and a little more. Works for processes of the same user.

    SQLite's files are larger. It reports an input/output error then, and not a full disk.
    """
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (log.stat().st_size + _ROOM_FOR_LOG, hard))
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))
