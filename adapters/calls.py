"""A check that runs right before every call of an HTTP session."""

from collections.abc import Callable
from types import SimpleNamespace

from aiohttp import ClientSession, TraceConfig, TraceRequestStartParams

CheckCall = Callable[[], None]
"""Raises where the call must not leave any more."""


def allow_every_call() -> None:
    """Let every call leave."""


def trace_calls(check: CheckCall) -> TraceConfig:
    """Return the configuration of an aiohttp session that calls ``check`` before every request."""

    async def check_call(
        _session: ClientSession, _context: SimpleNamespace, _parameters: TraceRequestStartParams
    ) -> None:
        check()

    trace = TraceConfig()
    trace.on_request_start.append(check_call)
    return trace
