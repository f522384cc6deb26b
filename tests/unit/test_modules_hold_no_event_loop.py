"""``serve`` has two event loops in one process, so no module holds what belongs to one of them: a ``Bot`` does."""

import asyncio
import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import aiohttp
from sqlalchemy.ext.asyncio import AsyncEngine

import adapters
import bot
import storage

OF_ONE_LOOP = (
    asyncio.Lock,
    asyncio.Event,
    asyncio.Condition,
    asyncio.Semaphore,
    asyncio.Queue,
    asyncio.Future,
    asyncio.AbstractEventLoop,
    aiohttp.ClientSession,
    AsyncEngine,
)
"""The types of what works in one event loop alone."""
MIGRATIONS = "storage.migrations"
"""These modules run inside Alembic."""


def modules() -> Iterator[str]:
    for package in (adapters, bot, storage):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.startswith(MIGRATIONS):
                yield module.name


def held_by(module: ModuleType) -> list[str]:
    """Return the names in a module, and in its classes, that hold something of one event loop."""
    own = [value for value in vars(module).values() if getattr(value, "__module__", "") == module.__name__]
    places = [module, *(value for value in own if isinstance(value, type))]
    return [name for place in places for name, value in vars(place).items() if isinstance(value, OF_ONE_LOOP)]


def test_no_module_holds_something_of_an_event_loop() -> None:
    held = {name: held_by(importlib.import_module(name)) for name in modules()}
    assert {name: names for name, names in held.items() if names} == {}


def test_something_of_an_event_loop_is_found() -> None:
    module = ModuleType("module")
    module.lock = asyncio.Lock()  # type: ignore[attr-defined]  # set here
    module.Client = type("Client", (), {"busy": asyncio.Semaphore(1), "__module__": "module"})  # type: ignore[attr-defined]  # set here
    assert held_by(module) == ["lock", "busy"]
