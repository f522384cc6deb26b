"""Check everything that the bot depends on, for the SDAdmin who asks for it in chat."""

import pytest
from support.bot_in_memory import ADA, AWAY, BotInMemory
from support.fakes.doctor import make_finding

from bot.commands import RunDoctor
from bot.model.finding import Verdict
from bot.model.technician import Platform
from bot.views.pages import Message
from bot.views.parts import Tone


async def run_doctor(bot: BotInMemory, platform: Platform = Platform.SLACK) -> Message:
    """Ask for the checks, run the jobs, and return the answer."""
    await bot.send(RunDoctor(), by=ADA, platform=platform)
    await bot.run_jobs()
    view = bot.answers[-1].view
    assert isinstance(view, Message)
    return view


@pytest.mark.parametrize("platform", list(Platform))
async def test_what_failed_comes_first_with_its_remedy(bot: BotInMemory, platform: Platform) -> None:
    bot.doctor.findings = [
        make_finding("database"),
        make_finding("sms", Verdict.UNKNOWN),
        make_finding("mail", Verdict.FAILED),
        make_finding("teams", Verdict.SKIPPED),
        make_finding("clock"),
    ]
    view = await run_doctor(bot, platform)
    assert (str(view.text), view.tone, view.is_personal) == ("1 check failed.", Tone.PROBLEM, True)
    assert [str(one) for one in view.details] == [
        "❌ mail title: mail detail → mail remedy",
        "❔ sms title: sms detail",
        "Working: database title, clock title",
        "Not set up: teams title",
    ]


async def test_nothing_is_called_sound_if_only_nothing_failed(bot: BotInMemory) -> None:
    bot.doctor.findings = [make_finding("sms", Verdict.UNKNOWN)]
    view = await run_doctor(bot)
    assert (str(view.text), view.tone) == ("No check failed.", Tone.PLAIN)
    assert [str(one) for one in view.details] == ["❔ sms title: sms detail"]


async def test_chat_that_is_away_gets_the_answer_later(bot: BotInMemory) -> None:
    """The checks are not made again for that."""
    bot.slack.fail_once("send_answer", AWAY)
    assert str((await run_doctor(bot)).text) == "No check failed."
    assert bot.doctor.calls == ["examine"]
