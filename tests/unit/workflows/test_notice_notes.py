"""Write on the request who was notified of a session."""

from support.bot_in_memory import AWAY, BotInMemory
from support.memory.data import QueuedJob

from bot.errors import NotAuthorized
from bot.i18n import Text
from bot.jobs import AddNote, AddNoteAtLatest, PostCard, RefreshCard, SendNotice
from bot.model.notice import Channel, NoticeState
from bot.model.session import Kind, Session
from bot.model.technician import Platform

LATER = NotAuthorized(Text("ServiceDesk Plus is not connected."))


async def create(bot: BotInMemory, kind: Kind = Kind.REMOTE) -> Session:
    """Create a session while something was made to fail."""
    session = await bot.accept_session(kind)
    await bot.run_jobs()
    return await bot.session(session.id)


async def test_note_that_may_be_there_is_looked_for_first(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.run_job(AddNote(session.id))
    assert len(bot.servicedesk.notes) == 1


async def test_note_that_fails_undoes_nothing(bot: BotInMemory) -> None:
    bot.servicedesk.fail_once("add_note", AWAY)
    session = await create(bot)
    reply = next(one for one in await bot.notices(session.id) if one.channel is Channel.REPLY)
    assert reply.state is NoticeState.SENT
    assert bot.servicedesk.notes == []


async def created_without_notices(bot: BotInMemory) -> tuple[Session, list[QueuedJob]]:
    """Create a session, and leave its other notices on their way. Returns the jobs that send them."""
    session = await bot.accept_session(Kind.PILOT)
    (creating,) = bot.unit_of_work.take_jobs()
    await bot.run_job(creating.job)
    return session, [one for one in bot.unit_of_work.take_jobs() if isinstance(one.job, SendNotice)]


async def run_notes(bot: BotInMemory, job: AddNote) -> list[int]:
    """Run a note's job and those that it enqueues. Returns the pauses between them, in seconds."""
    pauses = []
    await bot.run_job(job)
    while queued := bot.unit_of_work.take_jobs():
        for one in queued:
            pauses.append(one.delay_seconds)
            await bot.run_job(one.job)
    return pauses


async def test_note_is_written_when_the_last_notice_has_its_result(bot: BotInMemory) -> None:
    session, (*earlier, last) = await created_without_notices(bot)
    for one in earlier:
        await bot.run_job(one.job)
    assert AddNote(session.id) not in bot.jobs
    await bot.run_job(last.job)
    assert AddNote(session.id) in bot.jobs
    await bot.run_jobs()
    ((_request, note),) = bot.servicedesk.notes
    assert "SMS to Rita: accepted by the SMS gateway" in note


async def test_note_of_a_session_whose_notices_all_have_results_is_enqueued_at_once(bot: BotInMemory) -> None:
    bot.mailer.is_configured = False
    session = await bot.accept_session()
    (creating,) = bot.unit_of_work.take_jobs()
    await bot.run_job(creating.job)
    assert AddNote(session.id) in bot.jobs


async def test_note_waits_fifteen_seconds_at_most_and_is_written_once(bot: BotInMemory) -> None:
    session = await bot.accept_session(Kind.PILOT)
    (creating,) = bot.unit_of_work.take_jobs()
    await bot.run_job(creating.job)
    (waiting,) = [one for one in bot.unit_of_work.jobs if isinstance(one.job, AddNoteAtLatest)]
    assert (waiting.job, waiting.delay_seconds) == (AddNoteAtLatest(session.id), 15)
    await bot.run_jobs()
    assert bot.jobs == []
    assert len(bot.servicedesk.notes) == 1


async def test_notice_that_takes_long_does_not_delay_the_note_and_gets_its_own(bot: BotInMemory) -> None:
    session, sending = await created_without_notices(bot)
    await bot.run_job(AddNote(session.id))
    ((_request, first),) = bot.servicedesk.notes
    assert "SMS to Rita: to be sent by the SMS gateway" in first
    late = bot.unit_of_work.take_jobs()
    assert [one.job.notice for one in late if isinstance(one.job, AddNote)] == [
        one.job.notice for one in sending if isinstance(one.job, SendNotice)
    ]
    for one in sending:
        await bot.run_job(one.job)
    for one in late:
        await bot.run_job(one.job)
    notes = [html for _request, html in bot.servicedesk.notes]
    assert len(notes) == 3
    assert sum("SMS to Rita: accepted by the SMS gateway" in note for note in notes) == 1
    for one in late:
        await bot.run_job(one.job)
    assert len(bot.servicedesk.notes) == 3


async def test_note_about_a_notice_that_never_settles_is_given_up(bot: BotInMemory) -> None:
    session, _sending = await created_without_notices(bot)
    pauses = await run_notes(bot, AddNote(session.id))
    assert pauses[:2] == [15, 15]
    assert len(pauses) < 30
    assert len(bot.servicedesk.notes) == 1


async def test_result_of_a_notice_is_shown_when_it_is_known(bot: BotInMemory) -> None:
    """A card does not wait for the notices that are still on their way."""
    session, (sending, *_others) = await created_without_notices(bot)
    await bot.run_job(PostCard(Platform.SLACK, session.id, await bot.store_command()))
    (card,) = await bot.cards(session.id)
    bot.unit_of_work.take_jobs()
    await bot.run_job(sending.job)
    assert bot.jobs == [RefreshCard(card)]
