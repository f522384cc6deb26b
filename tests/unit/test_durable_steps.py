"""How one attempt of a step ends: with an outcome, or with an error after which the engine tries again."""

import asyncio

import pytest

from adapters.engine.steps import ATTEMPTS, LONGEST_PAUSE_SECONDS, DurableSteps
from bot.errors import ErrorCode, Rejected, Unavailable
from bot.i18n import Text


def busy(seconds: float) -> Unavailable:
    """Return the error of an outside system that wants to be left alone for so long."""
    return Unavailable(Text("Too many calls."), retry_after=seconds)


async def attempt(error: Exception, *, attempts: int = ATTEMPTS) -> dict[str, str]:
    """Make the first attempt of a step, which fails."""

    async def call() -> None:
        raise error

    return await DurableSteps()._attempt("call", call, attempts)


@pytest.mark.parametrize("seconds", [1, 121, 300, LONGEST_PAUSE_SECONDS])
async def test_pause_that_is_asked_for_is_made(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """TeamViewer and ServiceDesk Plus lock a client out for minutes, and for longer if it goes on calling."""
    pauses: list[float] = []

    async def pause(length: float) -> None:
        pauses.append(length)

    monkeypatch.setattr(asyncio, "sleep", pause)
    with pytest.raises(Unavailable) as raised:
        await attempt(busy(seconds))
    assert await DurableSteps()._worth_another_try(raised.value)
    assert [seconds <= length <= seconds + 1 for length in pauses] == [True]


async def test_pause_that_is_too_long_for_a_step_ends_it() -> None:
    outcome = await attempt(busy(LONGEST_PAUSE_SECONDS + 1))
    assert (outcome["code"], outcome["retry_after"]) == (ErrorCode.UNAVAILABLE, "481.0")


async def test_step_that_is_not_retried_ends_with_the_pause_that_was_asked_for() -> None:
    outcome = await attempt(busy(7), attempts=1)
    assert (outcome["code"], outcome["retry_after"]) == (ErrorCode.UNAVAILABLE, "7")


async def test_refusal_is_no_reason_to_try_again() -> None:
    error = Rejected(Text("It said no."))
    assert (await attempt(error))["code"] == ErrorCode.REJECTED
    assert not await DurableSteps()._worth_another_try(error)
