"""Load the bot quickly, and keep what was loaded out of every later garbage collection."""

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Protocol, TypeVar

from adapters.cli.placeholders import NOT_USED, NOT_USED_ON_SQLITE, placeholders
from adapters.tls import one_tls_context

COLLECT_AFTER = 10_000
"""How many new objects start a garbage collection. Python's default is 700.

A create has that many in use, so each collection looked at them for nothing: 4 % of its time.
"""
T = TypeVar("T")


class RunBot(Protocol):
    """Runs a web server, a worker, or both, with the settings that were read (``adapters.cli.serve.run_bot``)."""

    def __call__(self, *, serves: bool, works: bool) -> None: ...


def load_bot() -> RunBot:
    """Read the settings, import the bot, and return what runs it. Raises BadSettings.

    Loading makes a million objects that stay for good. While they are made, each full collection looks at all of them for
    nothing, and takes up to a tenth of a second. Later it would do the same while everybody waits for an answer. Frozen
    objects are not looked at any more (``gc.freeze``).
    """
    return without_collections(_import_bot)


def without_collections(load: Callable[[], T]) -> T:
    """Call ``load`` without garbage collection, and freeze all objects that there are afterwards."""
    gc.disable()
    try:
        return load()
    finally:
        leave_loaded_alone()
        gc.enable()


def leave_loaded_alone() -> None:
    """Freeze all objects that there are, and collect others less often."""
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *gc.get_threshold()[1:])


@contextmanager
def without_rich() -> Iterator[None]:
    """Let nothing find rich inside this block. Afterwards it is found as usual.

    structlog imports it if it is there, to draw tracebacks, which our logs turn into text before. It does without. rich and
    what it imports need 4 MB.
    """
    if "rich" in sys.modules:
        yield
        return
    # So Python's manual says that there is no such module (The import system, The module cache).
    sys.modules["rich"] = None  # type: ignore[assignment]  # typeshed knows modules only
    try:
        yield
    finally:
        del sys.modules["rich"]


def _import_bot() -> RunBot:
    with without_rich(), placeholders(NOT_USED):
        from adapters.settings import load_settings, problems_for_serving  # noqa: PLC0415 - the import is what is measured here

        settings = load_settings(problems_for_serving)
        with placeholders(NOT_USED_ON_SQLITE if settings.uses_sqlite else {}):
            with one_tls_context():
                import adapters.http  # noqa: F401, PLC0415 - aiohttp makes its contexts as it is imported

            from adapters.cli.serve import run_bot  # noqa: PLC0415 - as above
    return partial(run_bot, settings)
