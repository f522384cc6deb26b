"""Files that only their owner may read, whatever the umask says: databases, locks and backups."""

import os
from contextlib import suppress
from pathlib import Path

PRIVATE = 0o600


def create_private(path: Path) -> None:
    """Create an empty file for its owner alone, or take it from all others if it exists. Raises OSError.

    An existing file is not opened: to close it again would release the locks that SQLite holds on it in this process.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE))
    make_private(path)


def make_private(path: Path) -> None:
    """Take an existing file from all others than its owner. A file of another user stays as it is. Raises OSError."""
    if path.stat().st_mode & 0o777 != PRIVATE:
        with suppress(PermissionError):
            path.chmod(PRIVATE)
