"""Why a step failed, in words."""

from datetime import timedelta

from support.sessions import NOW

from bot.i18n import Text
from bot.ports import StepOutcome
from bot.workflows.failure_text import failure_text, worthwhile_time

WHY = Text("It is away.")


def test_short_wait_needs_no_time() -> None:
    assert worthwhile_time(None, NOW) is None
    assert worthwhile_time(59, NOW) is None
    assert failure_text(StepOutcome(WHY, retry_after=59), NOW) == WHY


def test_long_wait_is_named_with_the_time_of_its_end() -> None:
    assert worthwhile_time(60, NOW) == NOW + timedelta(minutes=1)
    text = failure_text(StepOutcome(WHY, retry_after=600), NOW)
    assert text.values["time"] == NOW + timedelta(minutes=10)


def test_failure_without_a_reason_says_so() -> None:
    assert str(failure_text(StepOutcome(), NOW)) == "No reason was given."
