"""Find out who is meant, then invite them: once, and with everything that follows."""

import pytest
from support.bot_in_memory import ADA, ANA, BEN, BotInMemory, actor_of
from support.inviting import invitations, job_for

from bot.jobs import AddInvitationNote, PostInvitation
from bot.model.audit import Action
from bot.model.ids import CommandKey, Email
from bot.model.invitation import MOST_INVITED, Invitation, InvitationState
from bot.values import replace
from bot.views.pages import Message
from bot.views.parts import Tone


def answer(bot: BotInMemory) -> Message:
    view = bot.answers[-1].view
    assert isinstance(view, Message)
    return view


@pytest.mark.parametrize("user", [BEN.email, actor_of(BEN).user])
async def test_invitation_is_stored_audited_noted_posted_and_answered(bot: BotInMemory, user: str) -> None:
    session = await bot.open_session()
    job = await job_for(bot, session, user)
    await bot.run_job(job)
    kinds = [type(one) for one in bot.jobs]
    assert kinds.count(PostInvitation) == kinds.count(AddInvitationNote) == 1
    await bot.run_jobs()
    (invitation,) = await invitations(bot, session)
    assert (invitation.technician, invitation.state) == (BEN.email, InvitationState.OPEN)
    assert (await bot.actions())[-1] is Action.COLLEAGUE_INVITED
    assert any("Ana invited Ben" in html for _request, html in bot.servicedesk.notes)
    assert answer(bot).tone is Tone.GOOD


async def test_second_invitation_of_the_same_person_changes_nothing(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.finish_job(await job_for(bot, session, BEN.email))
    before = await invitations(bot, session)
    await bot.finish_job(await job_for(bot, session, actor_of(BEN).user))
    assert await invitations(bot, session) == before
    assert "already" in str(answer(bot).text)
    assert answer(bot).tone is Tone.PLAIN


async def test_job_that_runs_again_after_a_crash_invites_once(bot: BotInMemory) -> None:
    """Even where the invitation of its first run was declined meanwhile."""
    session = await bot.open_session()
    job = await job_for(bot, session, BEN.email)
    await bot.finish_job(job)
    (invitation,) = await invitations(bot, session)
    async with bot.unit_of_work.write() as tx:
        await tx.invitations.save(invitation.given_up())
    await bot.finish_job(job)
    assert [one.state for one in await invitations(bot, session)] == [InvitationState.DECLINED]
    assert answer(bot).tone is Tone.GOOD, "the answer says what the command did"


async def test_person_who_declined_can_be_invited_again_by_a_new_way_in(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.finish_job(await job_for(bot, session, BEN.email))
    (first,) = await invitations(bot, session)
    async with bot.unit_of_work.write() as tx:
        await tx.invitations.save(first.given_up())
    await bot.finish_job(await job_for(bot, session, BEN.email))
    (second,) = await invitations(bot, session)
    assert second.is_open
    assert second.token != first.token


async def test_no_more_than_a_few_are_invited_at_once(bot: BotInMemory) -> None:
    session = await bot.open_session()
    async with bot.unit_of_work.write() as tx:
        for place in range(MOST_INVITED):
            who = (Email(f"t{place}@example.com"), f"T{place}")
            await tx.invitations.save(
                Invitation.new(session.id, who, (ANA.email, "Ana"), CommandKey(f"c{place}"), bot.clock())
            )
    await bot.finish_job(await job_for(bot, session, BEN.email))
    assert f"{MOST_INVITED} people at most" in str(answer(bot).text)
    assert len(await invitations(bot, session)) == MOST_INVITED


@pytest.mark.parametrize("user", ["nobody@example.com", "bеn@example.com", ANA.email])
async def test_nobody_but_another_technician_is_invited(bot: BotInMemory, user: str) -> None:
    session = await bot.open_session()
    await bot.finish_job(await job_for(bot, session, user))
    assert await invitations(bot, session) == []
    assert answer(bot).tone is Tone.PROBLEM


async def test_guest_is_not_invited(bot: BotInMemory) -> None:
    session = await bot.open_session()
    account = actor_of(BEN)
    bot.slack.profiles[account] = replace(bot.slack.profiles[account], is_guest=True)
    await bot.finish_job(await job_for(bot, session, account.user))
    assert await invitations(bot, session) == []


async def test_who_neither_created_the_session_nor_is_an_sdadmin_any_more_invites_nobody(
    bot: BotInMemory,
) -> None:
    """The role may have been revoked after the command was accepted."""
    session = await bot.open_session()
    await bot.finish_job(await job_for(bot, session, ADA.email, by=BEN))
    assert await invitations(bot, session) == []


async def test_who_lost_access_meanwhile_invites_nobody(bot: BotInMemory) -> None:
    session = await bot.open_session()
    job = await job_for(bot, session, BEN.email)
    account = actor_of(ANA)
    bot.slack.profiles[account] = replace(bot.slack.profiles[account], is_guest=True)
    bot.clock.move(minutes=5)
    await bot.finish_job(job)
    assert await invitations(bot, session) == []


async def test_technician_without_a_chat_account_is_not_invited(bot: BotInMemory) -> None:
    """Nobody could bring them the way in. The answer says what to do."""
    session = await bot.open_session()
    bot.servicedesk.names[Email("new@example.com")] = "New"
    bot.clock.move(minutes=5)
    await bot.finish_job(await job_for(bot, session, "new@example.com"))
    assert await invitations(bot, session) == []
    assert "has not met New" in str(answer(bot).text)
