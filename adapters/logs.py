"""Logging: one line an event, for people or for machines, and never a secret in it."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any

import structlog

_SECRETS = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|1000\.[0-9a-f]{8,}\.[0-9a-f]{8,}|(?<=Bearer )\S+|(?<=state=)[\w-]{20,}"
    r"|eyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]+)?"
    r"|(?<=/v15/)s\d+-\w+|(?<=servicequeuetoken=)\w+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)
_NOISY = (
    "slack_bolt",
    "slack_sdk",
    "apprise",
    "aiosqlite",
    "httpx",
    "httpcore",
    "alembic",
    "asyncio",
    "dbos",
    "msrest",
    "botbuilder",
    "botframework",
)


def set_up(level: str, form: str) -> None:
    """Configure logging for the whole process. ``form``: ``console`` or ``json``."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.stdlib.ExtraAdder(),
    ]
    machine = form == "json"
    renderer: Any = (
        structlog.processors.JSONRenderer() if machine else structlog.dev.ConsoleRenderer(colors=False)
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _hide_secrets,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def safe_exc_info(
    error: BaseException,
) -> tuple[type[BaseException], BaseException, TracebackType | None]:
    """Return what to log of an error as ``exc_info``: its kind and where it arose.

    Its message is left out, and so are the errors that led to it: they may quote what a person wrote, or an address with
    a secret in it.
    """
    stripped = Exception(f"{type(error).__name__} (message left out)")
    return Exception, stripped, error.__traceback__


def hide(text: str) -> str:
    """Replace whatever looks like a token or a supporter link by stars."""
    return _SECRETS.sub("***", text)


def _hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {key: hide(value) if isinstance(value, str) else value for key, value in event.items()}
