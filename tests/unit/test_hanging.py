"""A test that hangs: it fails with its name and the place where it waits, and the tests after it run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_TESTS = """
import asyncio, threading
import pytest

@pytest.fixture
async def place():
    yield
    print("the place is tidied up")

async def wait_for_nobody():
    await asyncio.Event().wait()

@pytest.mark.timeout(0.5)
async def test_that_waits(place):
    try:
        await wait_for_nobody()
    finally:
        print("the test has ended")

@pytest.mark.timeout(0.5)
def test_that_blocks():
    threading.Event().wait()

async def test_after_them():
    await asyncio.sleep(0)
"""
_TEARDOWN = """
import threading
import pytest
from support import hanging

hanging.LONGEST_TEARDOWN_SECONDS = 0.5

@pytest.fixture
def place():
    yield
    threading.Event().wait()

def test_that_fails_and_hangs(place):
    assert False

def test_after_it():
    pass
"""


def run(folder: Path, tests: str, *options: str) -> str:
    """Run these tests in a pytest of their own, and return what it prints."""
    (folder / "test_some.py").write_text(tests)
    scopes = [f"--override-ini=asyncio_default_{kind}_loop_scope=session" for kind in ("fixture", "test")]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "support.hanging", "--asyncio-mode=auto", *scopes, *options],
        check=False,  # two of its tests fail
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what pytest prints about three tests, of which two hang."""
    return run(tmp_path_factory.mktemp("hanging"), _TESTS, "--capture=no", "-v")


def test_tests_that_hang_fail_and_the_others_pass(output: str) -> None:
    assert "2 failed, 1 passed" in output
    assert "FAILED test_some.py::test_that_waits - Failed: Timeout" in output
    assert "FAILED test_some.py::test_that_blocks - Failed: Timeout" in output


def test_report_names_the_line_at_which_a_task_waits(output: str) -> None:
    tasks = output.partition("- Tasks -")[2]
    assert f"test_some.py:{_line('await asyncio.Event().wait()')} in wait_for_nobody" in tasks


def _line(text: str, tests: str = _TESTS) -> int:
    return next(number for number, line in enumerate(tests.splitlines(), 1) if text in line)


def test_test_that_hung_is_ended_before_its_fixtures_are_torn_down(output: str) -> None:
    said = [
        line
        for line in output.splitlines()
        if "the test has ended" in line or "the place is tidied up" in line
    ]
    assert [line.removeprefix("test_some.py::test_that_waits FAILED") for line in said] == [
        "the test has ended",
        "the place is tidied up",
    ]


def test_teardown_that_hangs_after_a_failure_ends_its_process_and_the_other_tests_run(tmp_path: Path) -> None:
    output = run(tmp_path, _TEARDOWN, "--numprocesses=1")
    assert "crashed while running 'test_some.py::test_that_fails_and_hangs'" in output
    assert f'test_some.py", line {_line("threading.Event().wait()", _TEARDOWN)} in place' in output
    assert "2 failed, 1 passed" in output
