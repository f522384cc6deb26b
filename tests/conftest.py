"""Fixtures for every test: databases of both kinds, and a clock that is set by hand."""

import gc
import itertools
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from support import postgres
from support.clock import Clock

from adapters.cli.loading import leave_loaded_alone

pytest_plugins = ["support.hanging"]
# A slow moment of the machine says nothing about the code, so an example has no time limit.
settings.register_profile("tvbot", deadline=None)
settings.load_profile("tvbot")

_numbers = itertools.count(1)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the modules and the tests, which stay to the end, out of every garbage collection, and collect less often.

    Collections took 8 % of the time.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        leave_loaded_alone()
        gc.enable()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A private PostgreSQL server; tests that need one are skipped where it is not installed."""
    if not postgres.is_installed():
        pytest.skip("PostgreSQL is not installed here (Debian: postgresql)")
    # No test cuts the power of this server, so it need not wait for the disk.
    with postgres.running_cluster(None, "-c fsync=off") as running:
        yield running.server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/tvbot.db"
    return postgres.new_database(request.getfixturevalue("postgres_server"), f"t{next(_numbers)}")


@pytest.fixture
def clock() -> Clock:
    return Clock()
