"""Dump and load a PostgreSQL database by PostgreSQL's own programs: pg_dump, pg_restore and psql."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from storage.errors import BackupError
from storage.tables import metadata

_ENGINE_SCHEMA = "dbos"
"""The job engine's own schema in the same database."""


def dump(url: sa.URL, file: Path) -> None:
    """Write a consistent copy of a whole database to a file that exists. Raises BackupError."""
    _run(url, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={file}", _address(url))


def load(url: sa.URL, file: Path, afterwards: Sequence[str]) -> None:
    """Replace a database by what ``dump`` wrote, and run statements, in one transaction. Raises BackupError."""
    # A table that is newer than the dump is not in it, so the dump alone would leave it.
    names = [*(table.name for table in metadata.sorted_tables), "alembic_version"]
    before = [f'DROP TABLE IF EXISTS "{name}" CASCADE' for name in names]
    before.append(f"DROP SCHEMA IF EXISTS {_ENGINE_SCHEMA} CASCADE")
    with tempfile.TemporaryDirectory() as folder:
        scripts = [Path(folder) / name for name in ("before.sql", "dump.sql", "after.sql")]
        first, dumped, last = scripts
        first.write_text(";\n".join([*before, ""]))
        # A dump leaves the search path empty.
        last.write_text(";\n".join(["RESET search_path", *afterwards, ""]))
        options = ("--clean", "--if-exists", "--no-owner", "--no-privileges")
        _run(url, "pg_restore", *options, f"--file={dumped}", str(file))
        files = [f"--file={script}" for script in scripts]
        stops = ("--single-transaction", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1")
        _run(url, "psql", *stops, *files, _address(url))


def _address(url: sa.URL) -> str:
    """Return the database's address without its password, which other users of the machine could read there."""
    return "--dbname=" + url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _run(url: sa.URL, program: str, *arguments: str) -> None:
    path = shutil.which(program)
    if path is None:
        raise BackupError(f"{program} is missing: install the client programs of PostgreSQL")
    password = {"PGPASSWORD": str(url.password)} if url.password else {}
    done = subprocess.run(  # noqa: S603 - no shell, and the arguments are the operator's own
        [path, *arguments],
        env={**os.environ, **password, "PGOPTIONS": "-c client_min_messages=warning"},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        # Its other lines may quote a value.
        reason = next(iter(done.stderr.splitlines()), "no reason was given")
        raise BackupError(f"{program} failed: {reason}")
