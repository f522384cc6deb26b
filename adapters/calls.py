"""What happens right before a call leaves: a check whether it may, and the note of its attempt that it does."""

from collections.abc import Callable
from types import SimpleNamespace

from aiohttp import (
    ClientSession,
    TraceConfig,
    TraceRequestEndParams,
    TraceRequestExceptionParams,
    TraceRequestHeadersSentParams,
    TraceRequestStartParams,
)

from adapters.outside_calls import CallResult, MeasuredCall, System, result_of_status
from bot import attempts

CheckCall = Callable[[], None]
"""Raises where the call must not leave any more."""
_READS = frozenset({"GET", "HEAD"})


def allow_every_call() -> None:
    """Let every call leave."""


def begin_call(check: CheckCall, method: str) -> None:
    """Check a call before it waits for a connection. ``method`` is that of HTTP."""
    check()
    if method not in _READS:
        attempts.begin_call()


def let_call_leave(check: CheckCall, method: str) -> None:
    """Check a call once more before it leaves: it may have waited for long. ``method`` is that of HTTP.

    It has left when the other side could act on it: with its body, or without one with its head.
    """
    check()
    if method not in _READS:
        attempts.let_call_leave()


def trace_calls(check: CheckCall) -> TraceConfig:
    """Return the configuration of an aiohttp session that calls ``check`` before every request, and before it leaves."""

    async def begin(
        _session: ClientSession, _context: SimpleNamespace, parameters: TraceRequestStartParams
    ) -> None:
        begin_call(check, parameters.method)

    async def leave(
        _session: ClientSession, _context: SimpleNamespace, parameters: TraceRequestHeadersSentParams
    ) -> None:
        # aiohttp calls this before it writes the head, in spite of the name.
        let_call_leave(check, parameters.method)

    trace = TraceConfig()
    trace.on_request_start.append(begin)
    trace.on_request_headers_sent.append(leave)
    return trace


def measure_calls(system: System) -> TraceConfig:
    """Return the configuration of an aiohttp session that measures each request, from its start to the head of its answer."""

    async def begin(
        _session: ClientSession, context: SimpleNamespace, parameters: TraceRequestStartParams
    ) -> None:
        context.call = MeasuredCall(system, parameters.method)

    async def end(
        _session: ClientSession, context: SimpleNamespace, parameters: TraceRequestEndParams
    ) -> None:
        context.call.end(result_of_status(parameters.response.status))

    async def fail(
        _session: ClientSession, context: SimpleNamespace, parameters: TraceRequestExceptionParams
    ) -> None:
        # A call that the bot cancels says nothing about the other side.
        if isinstance(parameters.exception, Exception):
            context.call.end(CallResult.NO_ANSWER)

    trace = TraceConfig()
    trace.on_request_start.append(begin)
    trace.on_request_end.append(end)
    trace.on_request_exception.append(fail)
    return trace
