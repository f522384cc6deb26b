"""Captures what the bot's own log handler writes, and restores Python's logging afterwards."""

import io
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from adapters.logs import OWN_LOGGERS, LogFormat, configure_logging


@contextmanager
def chatty_libraries() -> Iterator[None]:
    """Let every logger take records of all levels, as if each library had raised its own level."""
    names = [
        name for name, logger in logging.root.manager.loggerDict.items() if isinstance(logger, logging.Logger)
    ]
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    try:
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


@contextmanager
def restored_logging() -> Iterator[None]:
    """Undo at the end what a command of the bot configures for its own process."""
    root = logging.getLogger()
    handlers, root_level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in OWN_LOGGERS}
    hooks, configuration = (sys.excepthook, threading.excepthook), structlog.get_config()
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(root_level)
        for name, own_level in levels.items():
            logging.getLogger(name).setLevel(own_level)
        sys.excepthook, threading.excepthook = hooks
        structlog.configure(**configuration)


@contextmanager
def captured_log(level: str, form: LogFormat) -> Iterator[io.StringIO]:
    """Configure logging as the bot does, with output in the yielded buffer. All of it is undone at the end."""
    stream = io.StringIO()
    with restored_logging():
        configure_logging(level, form, stream)
        yield stream
