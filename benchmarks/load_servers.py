"""The bot as ``serve`` does not run it, for ``load.py``: web server and worker on one event loop."""

import asyncio
import gc
import signal

from adapters.bootstrap import Bot
from adapters.settings import load_settings


async def _run() -> None:
    stop_requested = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop_requested.set)
    await Bot(load_settings()).start()
    await stop_requested.wait()


if __name__ == "__main__":
    # As `serve` does: what was imported is left out of every collection.
    gc.freeze()
    asyncio.run(_run())
