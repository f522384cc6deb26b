"""What happens right before a call leaves: a check whether it may, and the note of its attempt that it does."""

from collections.abc import Callable
from types import SimpleNamespace

from aiohttp import ClientSession, TraceConfig, TraceRequestHeadersSentParams, TraceRequestStartParams

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
