"""The bot as ``serve`` does not run it, for ``load.py``: web server and worker in one process.

``one-loop`` has both on one event loop, as it was before, and ``thread`` has the worker's loop in a thread of its own.
"""

import asyncio
import signal
import sys
import threading

from adapters.bootstrap import Bot
from adapters.settings import load_settings


async def _run(*bots: Bot) -> None:
    stop_requested = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop_requested.set)
    for bot in bots:
        await bot.start()
    await stop_requested.wait()


async def _run_with_thread() -> None:
    web = Bot(load_settings(), works=False)
    await web.start()
    worker = Bot(load_settings(), serves=False, is_prepared=True)

    def work() -> None:
        loop = asyncio.new_event_loop()
        loop.run_until_complete(worker.start())
        loop.run_forever()

    threading.Thread(target=work, daemon=True).start()
    await _run()


if __name__ == "__main__":
    asyncio.run(_run(Bot(load_settings())) if sys.argv[1] == "one-loop" else _run_with_thread())
