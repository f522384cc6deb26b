"""Configure the logs: one line for each event, for people or for machines, without secrets.

Three rules keep secrets and people out of it, and the handler applies all three to every record:

- Libraries log warnings and errors only, whatever their own level is. Of these, the values are left out.
- Errors are logged with their class and their place, without their message.
- Every secret that this process knows is masked, and so is everything that looks like one.
"""

import logging
import re
import sys
import threading
from collections.abc import Iterable, Mapping, MutableMapping
from pathlib import Path
from traceback import extract_tb
from types import TracebackType
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import Processor

from adapters.traces import current_trace_id
from bot.model.known_secrets import known_secrets

OWN_LOGGERS = frozenset(
    {
        "bot",
        "engine",
        "notify",
        "servicedesk",
        "slack",
        "storage",
        "tasks",
        "teams",
        "teamviewer",
        "web",
    }
)
"""The loggers of this product. Any other belongs to a library."""
LogFormat = Literal["console", "json"]
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
"""What a secret looks like. It is the second net, for what this process was never given as a secret."""
_CONSTANT_START = re.compile(r"[^\n:;=\"'`({\[<\d]*")
"""The part of a library's message before its first value."""


def _add_trace_id(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    trace = current_trace_id()
    if trace is not None:
        event["trace"] = trace
    return event


_PROCESSORS: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    _add_trace_id,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.PositionalArgumentsFormatter(),
)
_FRAMES = 3
"""How many places in the code the line about a library's error names."""
log = structlog.get_logger("bot")


def configure_logging(level: str, form: LogFormat, stream: TextIO | None = None) -> None:
    """Configure logging for the whole process. ``stream`` is standard error if it is not given."""
    root = logging.getLogger()
    root.handlers[:] = [LogHandler(level, form, stream or sys.stderr)]
    # Slack's Bolt gives its own loggers the root's level. The handler would drop their records, but not the work for them.
    root.setLevel(logging.WARNING)
    for name in OWN_LOGGERS:
        logging.getLogger(name).setLevel(level.upper())
    structlog.configure(
        processors=[*_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


class LogHandler(logging.StreamHandler[TextIO]):
    """Writes the log. Level and masking are enforced here, because any library can change the level of its loggers."""

    def __init__(self, level: str, form: LogFormat, stream: TextIO) -> None:
        super().__init__(stream)
        self.setLevel(level.upper())
        self.addFilter(_drop_chatter_of_libraries)
        self.setFormatter(_MaskingFormatter(form))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the base class's name
        """Report that a record could not be written. The base class would print its values."""
        error = sys.exc_info()[0]
        reason = error.__name__ if error else "unknown"
        sys.stderr.write(f"tvbot: a log line of {record.name} could not be written ({reason})\n")


class _MaskingFormatter(structlog.stdlib.ProcessorFormatter):
    """Formats records of the product and of libraries, without the values of libraries and without secrets."""

    def __init__(self, form: LogFormat) -> None:
        renderer: Processor = (
            structlog.processors.JSONRenderer(ensure_ascii=False)
            if form == "json"
            else structlog.dev.ConsoleRenderer(colors=False)
        )
        super().__init__(
            foreign_pre_chain=list(_PROCESSORS),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _leave_out_error_messages,
                structlog.processors.format_exc_info,
                # After the traceback became text, so that secrets in it are masked too.
                _mask_event,
                renderer,
            ],
        )

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, or the lines, of one record."""
        if not _is_own(record):
            record = _without_values(record)
        # Once more, for what a renderer put together.
        return known_secrets.mask(super().format(record))


def _is_own(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in OWN_LOGGERS


def _drop_chatter_of_libraries(record: logging.LogRecord) -> bool:
    return _is_own(record) or record.levelno >= logging.WARNING


def _without_values(record: logging.LogRecord) -> logging.LogRecord:
    """Return a library's record without its values. Libraries quote requests, which name people, and statements.

    With arguments, the message is a template, and stays. Without, it may be put together, and only its start stays.
    """
    message = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
    start = message if record.args else (_CONSTANT_START.match(message) or [""])[0]
    said = f"{start.strip() or '(message left out)'} ({record.module}:{record.lineno})"
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        # One line: a stranger can make a library report an error with each request.
        said += f": {type(error).__name__} at {_innermost_frames(error)}"
    bare = logging.makeLogRecord(record.__dict__)
    bare.msg, bare.args = said, ()
    bare.exc_info = bare.exc_text = bare.stack_info = None
    return bare


def _innermost_frames(error: BaseException) -> str:
    frames = extract_tb(error.__traceback__)[-_FRAMES:]
    return " < ".join(f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in reversed(frames))


def _leave_out_error_messages(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    given = event.get("exc_info")
    if not given:
        event.pop("exc_info", None)
        return event
    error = given if isinstance(given, BaseException) else given[1] if isinstance(given, tuple) else None
    error = error or sys.exc_info()[1]
    event["exc_info"] = safe_exc_info(error) if error else None
    return event


def safe_exc_info(error: BaseException) -> tuple[type[BaseException], BaseException, TracebackType | None]:
    """Return an ``exc_info`` with the error's class and traceback, but without its message and its causes.

    The messages may quote what a person wrote, or an address with a secret in it.
    """
    stripped = error
    if not isinstance(error, _MessageLeftOut):
        stripped = _MessageLeftOut(f"{type(error).__name__} (message left out)")
        stripped.__traceback__ = error.__traceback__
    return _MessageLeftOut, stripped, stripped.__traceback__


class _MessageLeftOut(Exception):
    """Stands for another error in a log. Its text is the other error's class."""


_MessageLeftOut.__name__ = _MessageLeftOut.__qualname__ = "Error"


def mask_secrets(text: str) -> str:
    """Replace every known secret, and everything that looks like one, by ``***``."""
    return _SECRETS.sub("***", known_secrets.mask(text))


def _mask_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    return {key: _mask_value(value) for key, value in event.items()}


def _mask_value(value: object) -> object:  # noqa: PLR0911 - one case a kind of value
    match value:
        case str():
            return mask_secrets(value)
        case None | bool():
            return value
        case int() | float():
            shown = str(value)
            return value if mask_secrets(shown) == shown else "***"
        case Mapping():
            return {mask_secrets(str(key)): _mask_value(inner) for key, inner in value.items()}
        case bytes() | bytearray():
            return mask_secrets(bytes(value).decode(errors="replace"))
        case BaseException():
            return type(value).__name__
        case Iterable():
            return [_mask_value(inner) for inner in value]
        case _:
            return mask_secrets(repr(value))


def _log_uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """Log an error that ended the program. Python would print its message."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    log.critical("unexpected error", error=kind.__name__, exc_info=error)


def _log_uncaught_in_thread(raised: threading.ExceptHookArgs) -> None:
    if raised.exc_value is not None:
        log.critical("unexpected error", error=raised.exc_type.__name__, exc_info=raised.exc_value)
