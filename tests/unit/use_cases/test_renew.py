"""Accept the renewal of a session."""

from datetime import timedelta

import pytest
from support.bot_in_memory import ADA, ANA, BEN, BotInMemory, N

from bot.commands import OnSession, Verb
from bot.errors import BotError, NotAllowed, NotFound
from bot.i18n import Language
from bot.jobs import EndSession, RenewSession
from bot.model.ids import bare_code
from bot.model.session import ENDED_BY_SERVICEDESK, Session
from bot.model.technician import Technician
from bot.use_cases.ending import accept_end
from bot.views.pages import Message
from bot.views.parts import Tone

RENEW = OnSession(Verb.RENEW, N)


def renewals(bot: BotInMemory) -> list[RenewSession]:
    return [job for job in bot.jobs if isinstance(job, RenewSession)]


def said(view: object) -> str:
    assert isinstance(view, Message)
    return Language("en").say(view.text)


@pytest.mark.parametrize("by", [ANA, ADA], ids=["creator", "SDAdmin"])
async def test_creator_and_sdadmin_renew(bot: BotInMemory, by: Technician) -> None:
    session = await bot.open_session()
    view = await bot.send(RENEW, by)
    assert said(view) == "Renewing the session for request #101…"
    (job,) = renewals(bot)
    assert (job.session, job.by, job.email) == (session.id, by.name, by.email)
    assert await bot.session(session.id) == session, "until there is a new one, nothing changes"


async def test_another_technician_is_refused(bot: BotInMemory) -> None:
    await bot.open_session()
    with pytest.raises(NotAllowed):
        await bot.send(RENEW, BEN)
    assert renewals(bot) == []


async def test_renewal_that_runs_keeps_a_second_one_from_beginning(bot: BotInMemory) -> None:
    """Two people may press at the same moment."""
    await bot.open_session()
    await bot.send(RENEW)
    assert said(await bot.send(RENEW, ADA)) == "The session for request #101 is being renewed already."
    assert len(renewals(bot)) == 1


async def test_command_that_is_carried_out_twice_asks_for_one_renewal(bot: BotInMemory) -> None:
    await bot.open_session()
    views = [await _send_as(bot, "the same"), await _send_as(bot, "the same")]
    assert {said(view) for view in views} == {"Renewing the session for request #101…"}
    assert len(renewals(bot)) == 1


async def _send_as(bot: BotInMemory, key: str) -> object:
    return await bot.send(RENEW, key=key)


async def test_second_press_right_after_a_renewal_changes_nothing(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.send(RENEW)
    await bot.run_jobs()
    renewed = await bot.session(session.id)
    view = await bot.send(OnSession(Verb.RENEW, session.id))
    assert said(view).startswith("The session for request #101 was renewed before. Its links work until ")
    assert isinstance(view, Message)
    assert view.tone is Tone.PLAIN
    assert bot.jobs == []
    assert await bot.session(session.id) == renewed


async def test_session_that_the_requester_is_in_is_not_renewed(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.change(session.id, lambda one: one.seen(is_online=True, at=bot.clock()))
    await _expect_refusal(
        bot, NotAllowed, "Rita is there, so the session for request #101 is not renewed now."
    )


async def test_session_whose_link_has_expired_is_not_renewed(bot: BotInMemory) -> None:
    """The next round expires it. Until then, it is as good as over."""
    session = await bot.open_session()
    await bot.set_expiry(session.id, timedelta(0))
    await _expect_refusal(bot, NotFound, "The session for request #101 is over, so it cannot be renewed.")


async def test_session_that_is_being_ended_is_not_renewed(bot: BotInMemory) -> None:
    session = await bot.open_session()
    async with bot.unit_of_work.write() as tx:
        job = EndSession(session.id, ENDED_BY_SERVICEDESK, ENDED_BY_SERVICEDESK)
        await accept_end(job, tx, bot.clock(), key="end")
    await _expect_refusal(bot, NotFound, "The session for request #101 is being ended.")


async def test_session_is_renewed_six_times_at_most(bot: BotInMemory) -> None:
    session = await bot.open_session()
    for _time in range(6):
        await bot.send(RENEW)
        await bot.run_jobs()
        bot.clock.move(hours=1)
    assert len((await bot.session(session.id)).former_codes) == 6
    await _expect_refusal(
        bot, NotAllowed, "The session for request #101 was renewed 6 times, which is the most."
    )


async def test_renewed_session_is_found_by_the_code_that_it_had(bot: BotInMemory) -> None:
    before = await bot.open_session()
    await bot.send(RENEW)
    await bot.run_jobs()
    view = await bot.send(OnSession(Verb.END, _code(before)))
    assert said(view) == "Ending the session for request #101…"
    await bot.run_jobs()
    assert bot.teamviewer.open_codes == set()


def _code(session: Session) -> str:
    assert session.code is not None
    return bare_code(session.code)


async def _expect_refusal(bot: BotInMemory, kind: type[BotError], begin: str) -> None:
    with pytest.raises(kind) as refused:
        await bot.send(RENEW)
    assert Language("en").say(refused.value.text).startswith(begin)
    assert renewals(bot) == []
