"""After a restore nothing is sent twice, and every session is looked at again."""

from datetime import timedelta

from support.bot_in_memory import BotInMemory, expect_current_cards
from support.inviting import invitations, invite
from support.plans import plan, plan_of

from bot.commands import OnSession, Verb
from bot.jobs import RemindOfExpiry, RenewSession, SendNotice, Sweep
from bot.model.audit import Action
from bot.model.card import Audience
from bot.model.invitation import InvitationState
from bot.model.notice import NoticeState
from bot.model.plan import PlanMail, PlanState
from bot.model.session import State
from bot.values import replace
from bot.workflows.settle_restore import settle_restored_sessions


async def restore(bot: BotInMemory) -> None:
    """Settle what is stored, as the first start after a restore does: without the jobs of the backup."""
    bot.unit_of_work.take_jobs()
    async with bot.unit_of_work.write() as tx:
        await settle_restored_sessions(tx, bot.clock())


async def test_notice_that_a_cancelled_job_was_about_to_send_may_have_been_sent(bot: BotInMemory) -> None:
    """Its outcome is shown so, and Reinvite sends it again if the technician wants that."""
    session = await bot.accept_session()
    while queued := bot.unit_of_work.take_jobs():
        for job in [one.job for one in queued if not isinstance(one.job, SendNotice)]:
            await bot.run_job(job)
    pending = [one for one in await bot.notices(session.id) if one.state is NoticeState.PENDING]
    assert pending
    await restore(bot)
    mails = len(bot.mailer.sent)
    await bot.run_jobs()
    assert len(bot.mailer.sent) == mails
    assert {(await bot.notice(one.id)).state for one in pending} == {NoticeState.UNSURE}
    await expect_current_cards(bot, session.id)


async def test_session_that_was_being_created_fails_and_is_closed_at_teamviewer(bot: BotInMemory) -> None:
    """TeamViewer was asked after the backup was made, so its answer is not in the backup."""
    session = await bot.accept_session()
    connection = (await bot.connections())[0]
    await restore(bot)
    failed = await bot.session(session.id)
    assert failed.state is State.FAILED
    assert failed.problem is not None
    assert failed.account == connection.account.user_id, "it is looked for there"
    async with bot.unit_of_work.read() as tx:
        assert await tx.sessions.due_to_close(bot.clock()) == []
        due = await tx.sessions.due_to_close(bot.clock() + timedelta(minutes=1))
    assert [one.id for one in due] == [session.id]


async def test_renewal_that_was_running_is_given_up_and_its_new_session_closed(bot: BotInMemory) -> None:
    """TeamViewer was asked after the backup was made, so its answer is not in the backup."""
    session = await bot.open_session()
    await bot.send(OnSession(Verb.RENEW, session.id))
    (job,) = [one for one in bot.jobs if isinstance(one, RenewSession)]
    await restore(bot)
    async with bot.unit_of_work.read() as tx:
        assert await tx.renewals.running(bot.clock()) == []
        due = await tx.renewals.due_to_close(bot.clock() + timedelta(minutes=1))
    assert [(one.id, one.account) for one in due] == [(job.renewal, session.account)]
    assert await bot.session(session.id) == session


async def test_invitation_of_the_backup_lets_nobody_in(bot: BotInMemory) -> None:
    """It may have been withdrawn after the backup was made."""
    session = await invite(bot)
    await restore(bot)
    await bot.run_jobs()
    (invitation,) = await invitations(bot, session)
    assert invitation.state is InvitationState.WITHDRAWN
    assert [one.audience for one in await bot.cards(session.id)] == [Audience.SHARED]
    assert Action.INVITATION_WITHDRAWN in await bot.actions()


async def test_session_that_ended_since_the_backup_is_found_out_in_the_next_round(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await restore(bot)
    await bot.run_jobs()
    bot.teamviewer.open_codes.clear()
    await bot.run_job(Sweep(up_seconds=0))
    assert (await bot.session(session.id)).state is State.ENDED


async def test_record_that_was_written_since_the_backup_is_not_added_again(bot: BotInMemory) -> None:
    session = await bot.open_session()
    # A commit replaces the data, so this never changes.
    backup = bot.unit_of_work._data
    notes = len(bot.servicedesk.notes)
    bot.teamviewer.open_codes.clear()
    await bot.run_job(Sweep(up_seconds=0))
    await bot.run_jobs()
    assert len(bot.servicedesk.notes) == notes + 1
    bot.unit_of_work._data = backup
    await restore(bot)
    await bot.run_job(Sweep(up_seconds=0))
    await bot.run_jobs()
    assert (await bot.session(session.id)).state is State.ENDED
    assert len(bot.servicedesk.notes) == notes + 1


async def test_session_whose_end_was_asked_for_can_be_ended_again(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.send(OnSession(Verb.END, session.id))
    assert (await bot.session(session.id)).is_ending
    await restore(bot)
    assert not (await bot.session(session.id)).is_ending
    await bot.send(OnSession(Verb.END, session.id))
    await bot.run_jobs()
    assert (await bot.session(session.id)).state is State.ENDED


async def test_reminder_that_was_due_is_not_sent_again(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.set_expiry(session.id, timedelta(minutes=30))
    await restore(bot)
    await bot.run_job(Sweep(up_seconds=0))
    assert not any(isinstance(job, RemindOfExpiry) for job in bot.jobs)


async def test_restore_is_audited(bot: BotInMemory) -> None:
    await restore(bot)
    (entry,) = await bot.audited()
    assert (entry.action, entry.by) == (Action.RESTORED, "tvbot db restore")


async def test_planned_session_whose_time_came_since_the_backup_is_not_created_again(
    bot: BotInMemory,
) -> None:
    await plan(bot)
    bot.clock.move(days=1)
    await restore(bot)
    await bot.run_job(Sweep(up_seconds=0))
    refused = plan_of(bot)
    assert refused.state is PlanState.REFUSED
    assert "restored from a backup" in str(refused.problem)
    assert await bot.sessions() == []


async def test_planned_session_that_is_still_to_come_stays_planned_and_its_mail_is_not_repeated(
    bot: BotInMemory,
) -> None:
    planned = await plan(bot)
    sent = len(bot.mailer.sent)
    bot.unit_of_work._data.plans[planned.id].plan = replace(planned, mail=PlanMail())
    await restore(bot)
    await bot.run_jobs()
    assert plan_of(bot).is_planned
    assert plan_of(bot).mail.state is NoticeState.UNSURE
    assert len(bot.mailer.sent) == sent
