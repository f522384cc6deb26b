"""A small disk for the database, which can be filled up. Only root can mount one."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MEGABYTES = 256
"""PostgreSQL needs most of it: an empty cluster, and its log of changes."""
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
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """Mount a disk in memory on a new folder. Without the right to do so, the folder is used as it is."""
    folder.mkdir()
    problem = _mount(folder)
    folder.chmod(0o777)
    try:
        yield SmallDisk(folder, problem)
    finally:
        if not problem:
            # A process that ends late may still have a file open there.
            subprocess.run(["umount", "--lazy", str(folder)], check=False)  # noqa: S607 - the system's own


def _mount(folder: Path) -> str:
    if os.geteuid() != 0:
        return "only root can mount a small disk"
    command = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(folder)]
    mounted = subprocess.run(command, check=False, capture_output=True)
    return "" if mounted.returncode == 0 else "no small disk could be mounted here"
