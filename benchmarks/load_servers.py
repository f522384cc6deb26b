"""The bot as ``serve`` does not run it, for ``load.py``: web server and worker on one event loop."""

import asyncio
import signal

from adapters.bootstrap import Bot
from adapters.cli.loading import leave_loaded_alone
from adapters.settings import load_settings


async def _run() -> None:
    stop_requested = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop_requested.set)
    await Bot(load_settings()).start()
    await stop_requested.wait()


if __name__ == "__main__":
    # As `serve` does.
    leave_loaded_alone()
    asyncio.run(_run())
