"""A private PostgreSQL cluster for the tests, where PostgreSQL is installed."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import sqlalchemy as sa
from support.ports import free_port


def _binaries() -> Path | None:
    for found in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (found / "initdb").exists():
            return found
    installed = shutil.which("initdb")
    return Path(installed).parent if installed else None


def is_installed() -> bool:
    """Whether a cluster can be made here."""
    return _binaries() is not None and (os.geteuid() != 0 or shutil.which("runuser") is not None)


_LONGEST_NAME = 63
"""Bytes of a name. The server cuts off what is longer, without an error."""


@dataclass(frozen=True)
class Cluster:
    """A running cluster. ``server`` is the URL of its server, without a database."""

    server: str
    folder: Path
    binaries: Path
    options: str

    def run(self, command: str, *arguments: str, check: bool = True) -> int:
        """Run one of PostgreSQL's programs as the user that the cluster belongs to. Return its exit code."""
        # PostgreSQL refuses to run as root, so it is run as its own user there.
        as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        command_line = [*as_user, str(self.binaries / command), "-D", str(self.folder / "data"), *arguments]
        return subprocess.run(command_line, check=check, capture_output=True, cwd="/").returncode

    def start(self) -> None:
        """Start the server, and wait until it accepts connections. Does nothing if it runs."""
        if self.run("pg_ctl", "status", check=False):
            self.run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", self.options, "start")

    def stop(self, mode: Literal["fast", "immediate"]) -> None:
        """Stop the server if it runs: ``fast`` ends every connection, ``immediate`` is like a crash."""
        self.run("pg_ctl", "-w", "-m", mode, "stop", check=False)


@contextmanager
def cluster() -> Iterator[str]:
    """Run a cluster of its own on loopback; yields the URL of its server, without a database."""
    with running_cluster() as running:
        yield running.server


@contextmanager
def running_cluster(parent: Path | None = None, *options: str) -> Iterator[Cluster]:
    """Run a cluster of its own on loopback, in a new folder in ``parent``. ``options`` are added to the server's."""
    binaries = _binaries()
    assert binaries is not None
    folder = Path(tempfile.mkdtemp(prefix="tvbot-pg-", dir=parent))
    folder.chmod(0o777)
    port = free_port()
    settings = [f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=200", *options]
    running = Cluster(f"postgresql://tvbot@127.0.0.1:{port}", folder, binaries, " ".join(settings))
    running.run("initdb", "-U", "tvbot", "--auth=trust", "--no-sync", "-E", "UTF8")
    try:
        running.start()
        yield running
    finally:
        running.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


def new_database(server: str, name: str) -> str:
    """Make an empty database; returns its URL. Raises ValueError for a name that the server would cut off."""
    if len(name) > _LONGEST_NAME:
        raise ValueError(f"too long for the name of a database: {name}")
    engine = sa.create_engine(
        sa.make_url(f"{server}/postgres").set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    try:
        with engine.connect() as connection:
            connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    finally:
        engine.dispose()
    return f"{server}/{name}"
