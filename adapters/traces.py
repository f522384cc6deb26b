"""Trace commands with OpenTelemetry: one trace from the chat's request to the last update of the card.

Off unless the environment names a collector. OpenTelemetry is imported by ``adapters/otlp.py`` alone, and that only when it is
on: every start would else load it. A span holds no person, no request, no text and no secret: its attributes are kinds of
things, such as the word of a command.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from typing import Protocol

import structlog

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""The variables that switch traces on, as OpenTelemetry names them (OTLP exporter configuration)."""
log = structlog.get_logger("bot")
Attributes = Mapping[str, str]


class SpanKind(StrEnum):
    """The part of this process in a span, by OpenTelemetry's names."""

    SERVER = "SERVER"
    CONSUMER = "CONSUMER"
    CLIENT = "CLIENT"


class Span(Protocol):
    """A span that has begun."""

    def end(self, attributes: Attributes, *, is_error: bool) -> None:
        """End it."""


class Tracing(Protocol):
    """What makes spans."""

    def span(
        self, name: str, kind: SpanKind, attributes: Attributes, *, parent: str | None
    ) -> AbstractContextManager[None]:
        """Trace what happens inside, within the trace that ``parent`` or the current span belongs to, else in a new one."""

    def begin(self, name: str, kind: SpanKind, attributes: Attributes) -> Span | None:
        """Begin a span within the current trace. None where there is none."""

    def current(self) -> str | None:
        """Return the current span as W3C's ``traceparent``. None where there is none."""

    def stop(self) -> None:
        """Send what is not sent yet, and end. It may take seconds."""


_tracing: Tracing | None = None


def are_wanted() -> bool:
    """Whether the environment names a collector, and does not switch OpenTelemetry off."""
    is_off = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return not is_off and any(os.environ.get(name, "").strip() for name in ENDPOINTS)


def start_traces(process: str) -> None:
    """Start to trace, if that is wanted. ``process`` says which of the bot's processes this is: ``serve``, ``web`` or ``worker``.

    Traces that cannot be made are no reason not to start.
    """
    global _tracing  # noqa: PLW0603 - OpenTelemetry's context is global as well
    if _tracing is not None or not are_wanted():
        return
    try:
        from adapters.otlp import OtlpTracing  # noqa: PLC0415 - see above
    except ImportError as error:
        log.warning("no traces: install tvbot[traces]", missing=error.name)
        return
    _tracing = OtlpTracing(process)


def stop_traces() -> None:
    """Send what is not sent yet, and trace nothing any more. It may take seconds."""
    global _tracing
    stopped, _tracing = _tracing, None
    if stopped is not None:
        stopped.stop()


@contextmanager
def span(name: str, kind: SpanKind, attributes: Attributes) -> Iterator[None]:
    """Trace what happens inside. It begins a trace where there is none."""
    if _tracing is None:
        yield
        return
    with _tracing.span(name, kind, attributes, parent=None):
        yield


@contextmanager
def job_span(kind: str, trace: str | None) -> Iterator[None]:
    """Trace a job within the trace that it was enqueued in. A job that no command led to is not traced."""
    if _tracing is None or trace is None:
        yield
        return
    with _tracing.span(f"job {kind}", SpanKind.CONSUMER, {"tvbot.job": kind}, parent=trace):
        yield


def begin_call_span(system: str, method: str) -> Span | None:
    """Begin the span of a call to an outside system. ``method`` names what is called, without an id. None: not traced."""
    if _tracing is None:
        return None
    attributes = {"tvbot.system": system, "tvbot.method": method}
    return _tracing.begin(f"{system} {method}".strip(), SpanKind.CLIENT, attributes)


def current_trace() -> str | None:
    """Return what a job is enqueued with, so that it is traced as a part of this trace. None: not traced."""
    return _tracing.current() if _tracing is not None else None


def current_trace_id() -> str | None:
    """Return the id of the current trace, for the log: 32 hexadecimal digits. None: not traced."""
    trace = current_trace()
    return trace.split("-")[1] if trace is not None else None
