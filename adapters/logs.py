"""Configure the logs: one line for each event, for people or for machines, without secrets."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, Literal

import structlog
from structlog.typing import Processor

_SECRET_PATTERNS = (
    # Slack
    r"xox[a-z]-[\w-]+",
    r"xapp-[\w-]+",
    # Zoho
    r"1000\.[0-9a-f]{8,}\.[0-9a-f]{8,}",
    # any authorization header, OAuth state or JWT
    r"(?<=Bearer )\S+",
    r"(?<=state=)[\w-]{20,}",
    r"eyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]+)?",
    # TeamViewer's supporter link, whatever its host and path, and the queue token in the link to the web client
    r"(?<=/)s\d{6,}-\w+",
    r"(?<=servicequeuetoken=)\w+",
    r"(?<=servicequeuetoken%3D)\w+",
    # user and password in a URL
    r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)",
)
_SECRETS = re.compile("|".join(_SECRET_PATTERNS))
_QUIET_LIBRARIES = (
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
"""Libraries of which only warnings and errors are logged."""
_PROCESSORS: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.stdlib.ExtraAdder(),
)


def configure_logging(level: str, form: Literal["console", "json"]) -> None:
    """Configure logging for the whole process, with output on standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_new_formatter(form))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _new_formatter(form: Literal["console", "json"]) -> structlog.stdlib.ProcessorFormatter:
    renderer: Processor = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=list(_PROCESSORS),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            # After the traceback became text, so that secrets in it are masked too.
            _mask_event,
            renderer,
        ],
    )


def safe_exc_info(error: BaseException) -> tuple[type[BaseException], BaseException, TracebackType | None]:
    """Return an ``exc_info`` with the error's class and traceback, but without its message and its causes.

    The messages may quote what a person wrote, or an address with a secret in it.
    """
    stripped = Exception(f"{type(error).__name__} (message left out)")
    return Exception, stripped, error.__traceback__


def mask_secrets(text: str) -> str:
    """Replace everything that looks like a token or a supporter link by ``***``."""
    return _SECRETS.sub("***", text)


def _mask_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {key: mask_secrets(value) if isinstance(value, str) else value for key, value in event.items()}
