"""How ``serve`` ends: with its worker, with what ended its worker, or without a worker that hangs."""

import asyncio
import resource
import sys
from pathlib import Path

import pytest

from adapters.cli import serve

_SERVE = """
import asyncio, os, signal, sys, threading
from adapters import worker_thread
from adapters.cli import serve
from adapters.cli.failures import explain_failure
from adapters.settings import settings_from

story = sys.argv[1]
worker_thread.BEAT_SECONDS = worker_thread.LAST_SECONDS = 0.05
threads_of_pools = threading.Event()

class FakeBot:
    works, server = True, None

    def __init__(self, _settings, *, worker=None, **_options):
        self.worker = worker

    async def start(self):
        if self.worker is None:
            if story == "worker_cannot_start":
                raise OSError(13, "Permission denied")
            if story in {"worker_hangs", "both_fail"}:
                asyncio.get_running_loop().run_in_executor(None, threads_of_pools.wait)
            return
        await self.worker.begin()
        if story == "both_fail":
            raise OSError(98, "Address already in use")
        if story != "worker_ends":
            os.kill(os.getpid(), signal.SIGTERM)

    async def stop(self):
        if self.worker is not None:
            await self.worker.stop(0)
        elif story in {"worker_hangs", "both_fail"}:
            await asyncio.Event().wait()

    def wake(self):
        pass

    def find_engine_problem(self):
        if story == "worker_ends":
            raise RuntimeError

serve.Bot = FakeBot
try:
    serve.run_bot(settings_from({}), serves=True, works=True)
except Exception as error:
    reason, code = explain_failure(error)
    print(reason, file=sys.stderr)
    sys.exit(code)
"""
ENDS = {
    "both_end": (0, "stopped"),
    "worker_hangs": (0, "the worker is left behind"),
    "worker_ends": (1, "RuntimeError"),
    "worker_cannot_start": (1, "PermissionError"),
    "both_fail": (1, "choose another port"),
}
"""Each story with the exit code, and what the operator reads."""


@pytest.mark.parametrize("story", ENDS)
async def test_serve_ends_and_says_why(story: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _SERVE,
        story,
        cwd=Path(serve.__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(60):
        output = (await process.communicate())[0].decode()
    code, text = ENDS[story]
    assert (process.returncode, text in output) == (code, True), output
    assert "Traceback" not in output
    assert ("the worker is left behind" in output) == (story in {"worker_hangs", "both_fail"})


_LIMIT = """
import resource
from adapters.cli import serve
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
serve._allow_open_files()
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


async def test_serve_allows_itself_more_open_files() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _LIMIT, cwd=Path(serve.__file__).parents[2], stdout=asyncio.subprocess.PIPE
    )
    allowed = int((await process.communicate())[0])
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert allowed == (serve.OPEN_FILES if hard == resource.RLIM_INFINITY else min(serve.OPEN_FILES, hard))
