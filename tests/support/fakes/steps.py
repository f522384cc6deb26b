"""Fakes of the engine's steps: run at once, or resumed after a crash."""

from collections.abc import Awaitable, Callable

from support.fakes.service import Hook

from bot.errors import BotError, ErrorCode, Unavailable
from bot.i18n import Text
from bot.ports import StepOutcome


class BrokenInside(Exception):
    """A fault in the bot itself, as opposed to an error of an outside system."""


class ImmediateSteps:
    """Runs each step once and retries nothing. ``after`` runs code between a step and the next one."""

    def __init__(self, job_key: str = "job") -> None:
        self.job_key = job_key
        self.names: list[str] = []
        self.after: dict[str, Hook] = {}

    async def run_step(
        self,
        name: str,
        call: Callable[[], Awaitable[None]],
        *,
        is_retried: bool = True,  # noqa: ARG002 - nothing is retried here
        is_repeatable: bool = False,  # noqa: ARG002 - nothing is stored here
    ) -> StepOutcome:
        self.names.append(name)
        outcome = await self._outcome(call)
        hook = self.after.pop(name, None)
        if hook is not None:
            await hook()
        return outcome

    async def _outcome(self, call: Callable[[], Awaitable[None]]) -> StepOutcome:
        try:
            await call()
        except BotError as error:
            retry_after = error.retry_after if isinstance(error, Unavailable) else None
            return StepOutcome(error.text, error.error_code, retry_after)
        except BrokenInside:
            return StepOutcome(Text("Something went wrong in the bot."), ErrorCode.INTERNAL)
        return StepOutcome()


class Crash(BaseException):
    """The end of the process. No code of the product catches it."""


class ResumedSteps(ImmediateSteps):
    """Steps that the engine stores, but for successes of repeatable ones.

    A process dies after one of them has run, and before its outcome is stored.
    """

    def __init__(self, dies_after: int) -> None:
        super().__init__()
        self._dies_after = dies_after
        self._stored: dict[str, StepOutcome] = {}

    async def run_step(
        self,
        name: str,
        call: Callable[[], Awaitable[None]],
        *,
        is_retried: bool = True,
        is_repeatable: bool = False,
    ) -> StepOutcome:
        if name in self._stored:
            return self._stored[name]
        outcome = await super().run_step(name, call, is_retried=is_retried)
        if len(self.names) - 1 == self._dies_after:
            raise Crash
        if outcome.problem is not None or not is_repeatable:
            self._stored[name] = outcome
        return outcome
