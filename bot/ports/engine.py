"""What runs the workflows, measures them, and examines the installation."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Protocol

from bot.errors import ErrorCode
from bot.i18n import Text
from bot.model.finding import Finding
from bot.model.technician import Platform
from bot.values import value_class


class Doctor(Protocol):
    """Checks what the bot depends on. A check never changes anything outside."""

    async def examine(self) -> Sequence[Finding]:
        """Make every check, at the same time, and return what each found, in the order of the table. Raises nothing."""
        ...


@value_class
class StepOutcome:
    """The result of a step: success, or the problem that ended it and the code of its error.

    ``retry_after`` is in seconds: when the outside system said to come back.
    """

    problem: Text | None = None
    code: ErrorCode | None = None
    retry_after: float | None = None

    def __bool__(self) -> bool:
        return self.problem is None


class Steps(Protocol):
    """Runs the steps of a durable job. A finished step never runs again where its outcome was stored."""

    @property
    def job_key(self) -> str:
        """The key under which the job was enqueued. It is the same in every run of the job."""

    async def run_step(
        self,
        name: str,
        call: Callable[[], Awaitable[None]],
        *,
        is_retried: bool = True,
        is_repeatable: bool = False,
    ) -> StepOutcome:
        """Run ``call``, unless it finished in an earlier run of the job. ``call`` stores its own results.

        The success of a step with ``is_repeatable`` is not stored, which costs much less. If the process dies, the step runs
        again, even where later steps have run: it must find that there is nothing to do, or do the same once more without harm.
        A problem is always stored, because it decides how the job goes on. Two steps of a job have different names.

        Unavailable is retried with growing delays for about two minutes, or longer if the outside system asks for it. An
        outside system that asks for more than eight minutes ends the step.
        Any other error ends the step, and where ``is_retried`` is False, Unavailable does too.
        """


class Meter(Protocol):
    """Measures how long people wait, for the operators."""

    def record_first_card(self, platform: Platform, after: timedelta) -> None:
        """Record that the first card of a session was posted, and how long after the command."""
