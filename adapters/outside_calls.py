"""Measure the calls to outside systems: how many there are, how long they take, and how they end."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from http import HTTPStatus

from prometheus_client import Histogram

from adapters import traces

CALLS = Histogram(
    "tvbot_outside_call_seconds",
    "Duration of calls to outside systems.",
    ["system", "result"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20),
)


class System(StrEnum):
    """An outside system. ``SMS`` is the SMS gateway: the SMS of TeamViewer are calls to TeamViewer."""

    TEAMVIEWER = "teamviewer"
    SERVICEDESK = "servicedesk"
    SLACK = "slack"
    TEAMS = "teams"
    MAIL = "mail"
    SMS = "sms"


class CallResult(StrEnum):
    """How a call ended, as far as an operator is concerned."""

    DONE = "done"
    REFUSED = "refused"
    """The system understood the call and said no: for example, the bot may not post in that channel."""
    RATE_LIMITED = "rate_limited"
    FAILED = "failed"
    """The system answered that something is wrong with it."""
    NO_ANSWER = "no_answer"


for _system in System:
    for _result in CallResult:
        # So that Prometheus sees the first failure as a step from 0 to 1.
        CALLS.labels(_system.value, _result.value)


class MeasuredCall:
    """One call, which begins when this is made. ``method`` names what is called, without an id.

    A call that the bot itself cancels is not counted: ``end`` is not called.
    """

    def __init__(self, system: System, method: str = "") -> None:
        self._system = system
        self._span = traces.begin_call_span(system.value, method)
        self._began = time.perf_counter()
        self.result: CallResult | None = None
        """What is counted where the caller of ``measured_call`` knows more than whether an error was raised."""

    def end(self, result: CallResult) -> None:
        """Count the call."""
        CALLS.labels(self._system.value, result.value).observe(time.perf_counter() - self._began)
        if self._span is not None:
            self._span.end({"tvbot.result": result.value}, is_error=result is not CallResult.DONE)


@contextmanager
def measured_call(system: System, method: str = "") -> Iterator[MeasuredCall]:
    """Measure the call that is made inside. Without ``result``, an error means that no answer came."""
    call = MeasuredCall(system, method)
    try:
        yield call
    except Exception:
        call.end(call.result or CallResult.NO_ANSWER)
        raise
    call.end(call.result or CallResult.DONE)


def result_of_status(status: int) -> CallResult:
    """Return how a call ended by the status of its answer, which is HTTP's."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return CallResult.RATE_LIMITED
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return CallResult.FAILED
    return CallResult.REFUSED if status >= HTTPStatus.BAD_REQUEST else CallResult.DONE
