"""``serve`` has two event loops in one process, so no module holds what belongs to one of them: a ``Bot`` does."""

import asyncio
import importlib
import pkgutil
import sqlite3
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import NoReturn

import aiohttp
import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

import adapters
import bot
import storage
from adapters.single_flight import SingleFlight
from adapters.tasks import Tasks
from adapters.worker_thread import WorkerThread

OF_ONE_LOOP = (
    asyncio.Lock,
    asyncio.Event,
    asyncio.Condition,
    asyncio.Semaphore,
    asyncio.Queue,
    asyncio.Future,
    asyncio.AbstractEventLoop,
    aiohttp.ClientSession,
    aiohttp.BaseConnector,
    psycopg.AsyncConnection,
    sqlite3.Connection,
    AsyncEngine,
    SingleFlight,
    Tasks,
)
"""The types of what works in one event loop alone."""
MIGRATIONS = "storage.migrations"
"""These modules run inside Alembic."""


def modules() -> Iterator[str]:
    for package in (adapters, bot, storage):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.startswith(MIGRATIONS):
                yield module.name


def parts_of(value: object) -> Iterator[object]:
    """Yield what a container holds, or an object of one of our own classes."""
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, list | tuple | set | frozenset):
        yield from value
    elif type(value).__module__.partition(".")[0] in {"adapters", "bot", "storage"}:
        yield from getattr(value, "__dict__", {}).values()
        for owner in type(value).__mro__:
            yield from (getattr(value, name, None) for name in getattr(owner, "__slots__", ()))


def holds(value: object, depth: int = 4) -> bool:
    if isinstance(value, OF_ONE_LOOP):
        return True
    return depth > 0 and any(holds(part, depth - 1) for part in parts_of(value))


def held_by(module: ModuleType) -> list[str]:
    """Return the names in a module, and in its classes, that hold something of one event loop, however deep."""
    own = [value for value in vars(module).values() if getattr(value, "__module__", "") == module.__name__]
    places = [module, *(value for value in own if isinstance(value, type))]
    return [name for place in places for name, value in vars(place).items() if holds(value)]


def no_worker() -> NoReturn:
    raise AssertionError


def test_no_module_holds_something_of_an_event_loop() -> None:
    held = {name: held_by(importlib.import_module(name)) for name in modules()}
    assert {name: names for name, names in held.items() if names} == {}


@pytest.mark.parametrize(
    "value",
    [
        asyncio.Lock(),
        {"key": asyncio.Semaphore(1)},
        [(asyncio.Event(),)],
        WorkerThread(no_worker),
        sqlite3.connect(":memory:"),
    ],
    ids=["lock", "in a dictionary", "in a list", "in an object", "connection"],
)
def test_something_of_an_event_loop_is_found(value: object) -> None:
    module = ModuleType("module")
    module.value = value  # type: ignore[attr-defined]  # set here
    module.Client = type("Client", (), {"held": value, "__module__": "module"})  # type: ignore[attr-defined]  # set here
    assert held_by(module) == ["value", "held"]
