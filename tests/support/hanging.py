"""A test that hangs fails with its name and with the places where it waits. The tests after it run.

``pytest-timeout`` interrupts the test. What is missing there is here: where the test's tasks wait, their end, and a limit
for tearing down after a failure.
"""

import asyncio
import faulthandler
import os
from collections.abc import Generator
from weakref import WeakSet

import pytest

LONGEST_TEARDOWN_SECONDS = 300
"""Limit for tearing down. Nothing can interrupt what hangs there, so the process ends, and another one goes on."""
_loops: WeakSet[asyncio.AbstractEventLoop] = WeakSet()
_STDERR = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    """Keep the standard error output, which pytest takes away while a test runs."""
    config.stash[_STDERR] = os.dup(2)


def name_tasks_of(loop: asyncio.AbstractEventLoop) -> None:
    """Let the report of a test that hangs name the tasks of this event loop too."""
    _loops.add(loop)


@pytest.fixture(scope="session", autouse=True)
async def _loop_of_the_tests() -> None:
    name_tasks_of(asyncio.get_running_loop())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to the report of a test that was interrupted where each task waits, and end the tasks of the test."""
    report = yield
    if call.excinfo is not None and "from pytest-timeout" in str(call.excinfo.value):
        tasks = [task for loop in _loops for task in asyncio.all_tasks(loop)]
        report.sections.append(("Tasks", "\n".join(sorted(_describe(task) for task in tasks))))
        for task in tasks:
            if _is_of(item, task):
                task.cancel()
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """Limit the tearing down. pytest-timeout no longer watches a test that has failed."""
    faulthandler.dump_traceback_later(LONGEST_TEARDOWN_SECONDS, exit=True, file=item.config.stash[_STDERR])
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


def _describe(task: asyncio.Task[object]) -> str:
    """Return the task's name and each coroutine in it, from the outermost to the one that waits."""
    lines = [f"{task.get_name()}:"]
    waits: object = task.get_coro()
    while (frame := getattr(waits, "cr_frame", None)) is not None:
        lines.append(f"  {frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_qualname}")
        waits = getattr(waits, "cr_await", None)
    return "\n".join(lines)


def _is_of(item: pytest.Item, task: asyncio.Task[object]) -> bool:
    """Return whether the task runs the test's own function, which pytest-asyncio makes a task."""
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and code is getattr(getattr(item, "function", None), "__code__", None)
