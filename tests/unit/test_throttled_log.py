"""Log lines that strangers can cause: one a minute for each kind."""

import structlog
from structlog.testing import CapturingLogger

from adapters.throttled_log import EVERY_SECONDS, MAX_KINDS, ThrottledLog


class SetTime:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def new_log(now: SetTime) -> tuple[ThrottledLog, CapturingLogger]:
    captured = CapturingLogger()
    return ThrottledLog(structlog.wrap_logger(captured, processors=[]), now=now), captured


def test_repeated_event_is_counted_and_logged_once_a_minute() -> None:
    now = SetTime()
    log, captured = new_log(now)
    for _event in range(5):
        log.info("refused", reason="old")
    now.seconds = EVERY_SECONDS
    for _event in range(5):
        log.info("refused", reason="old")
    assert [call.kwargs for call in captured.calls] == [
        {"event": "refused", "reason": "old"},
        {"event": "refused", "reason": "old", "repeated": 4},
    ]


def test_each_kind_is_logged_by_itself() -> None:
    log, captured = new_log(SetTime())
    for reason in ("old", "new", "old", "new"):
        log.info("refused", reason=reason)
    assert [call.kwargs["reason"] for call in captured.calls] == ["old", "new"]


def test_number_of_kinds_is_limited() -> None:
    log, _captured = new_log(SetTime())
    for number in range(3 * MAX_KINDS):
        log.info("refused", reason=str(number))
    assert len(log._kinds) <= MAX_KINDS
