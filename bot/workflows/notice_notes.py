"""Write on the request who was notified of a session: one note about a new session, one about each later notice."""

from collections.abc import Sequence

from bot import email_templates
from bot.coalesced_refreshes import enqueue_refreshes
from bot.installation import Installation
from bot.jobs import AddNote, AddNoteAtLatest
from bot.model.ids import NoticeId, SessionId, derive_notice_id
from bot.model.notice import Channel, Notice, NoticeState, Recipient
from bot.model.session import Session
from bot.ports import ServiceDesk, Steps
from bot.unit_of_work import Transaction, UnitOfWork
from bot.unit_of_work.together import together
from bot.values import replace

PLANNED_NOTICES = (
    (Recipient.REQUESTER, Channel.REPLY),
    (Recipient.TECHNICIAN, Channel.MAIL),
    (Recipient.REQUESTER, Channel.SMS),
    (Recipient.REQUESTER, Channel.CHAT),
)
"""The notices of a new session: to whom, and by which way."""
NOTE_AT_LATEST_SECONDS = 15
"""How long the note waits for notices that are still on their way. Then it says so, and they get their own."""
_PAUSE_BEFORE_LATE_NOTE = 15
_TRIES_OF_LATE_NOTE = 8
"""A notice is tried for a quarter of an hour at most, and the pauses double: this is longer."""


def planned_notice_ids(session_id: SessionId) -> list[NoticeId]:
    """Return the ids of a new session's notices, computed from its id: a retried step gets the same ones."""
    return [derive_notice_id(f"{session_id}/{recipient}/{channel}") for recipient, channel in PLANNED_NOTICES]


def first_notice_id(session_id: SessionId) -> NoticeId:
    """Return the id of the mail that a new session's requester gets."""
    return planned_notice_ids(session_id)[0]


class NoteWriter:
    """Writes the private notes on a request that say who was notified of a session."""

    def __init__(
        self, unit_of_work: UnitOfWork, servicedesk: ServiceDesk, installation: Installation
    ) -> None:
        self._unit_of_work = unit_of_work
        self._servicedesk = servicedesk
        self._installation = installation

    async def add_note_at_latest(self, session_id: SessionId) -> None:
        """Enqueue the note about a new session, unless it was enqueued already because the last notice has its result."""
        async with self._unit_of_work.write() as tx:
            await _enqueue_first_note_now(session_id, tx)

    async def add_first_note(self, job: AddNote) -> None:
        """Add the note to the request that says which session was created and who was notified. Once.

        A notice that is still on its way gets a note of its own.
        """
        planned = planned_notice_ids(job.session)
        async with self._unit_of_work.read() as tx:
            stored = await tx.open_work.session_with_notices(job.session)
        if stored is None:
            return
        session, of_session = stored
        notices = [one for one in of_session if one.id in planned and one.is_worth_showing]
        pending = [one for one in notices if one.state is NoticeState.PENDING]
        if pending:
            # Before the note is written, so that a crash after it loses none.
            async with self._unit_of_work.write() as tx:
                for one in pending:
                    await self._enqueue_late_note(AddNote(job.session, one.id), tx)
        await self._add_note(session, notices, job.session)

    async def add_later_note(self, job: AddNote, notice_id: NoticeId) -> None:
        """Add a note about one notice: one that took long, or that was sent again. Not about one on the request."""
        async with self._unit_of_work.write() as tx:
            session, notice = await tx.sessions.get(job.session), await tx.notices.get(notice_id)
            if session is None or notice is None or _is_recorded(notice):
                return
            if notice.state is NoticeState.PENDING:
                if job.tries < _TRIES_OF_LATE_NOTE:
                    await self._enqueue_late_note(replace(job, tries=job.tries + 1), tx)
                return
        await self._add_note(session, [notice], notice_id)

    async def _enqueue_late_note(self, job: AddNote, tx: Transaction) -> None:
        pause = _PAUSE_BEFORE_LATE_NOTE * 2**job.tries
        await tx.enqueue(job, key=f"note:{job.notice}:{job.tries}", delay_seconds=pause)

    async def _add_note(self, session: Session, notices: Sequence[Notice], reference: str) -> None:
        if session.request_id is None:
            return
        if await self._servicedesk.find_note(session.request_id, reference) is not None:
            return
        text = email_templates.request_note(session, notices, reference, self._installation.language)
        await self._servicedesk.add_note(session.request_id, text)


def _is_recorded(notice: Notice) -> bool:
    """Whether a notice is on the request by itself."""
    return notice.channel in {Channel.REPLY, Channel.NOTE} and notice.state is NoticeState.SENT


async def enqueue_first_note(session_id: SessionId, notices: Sequence[Notice], tx: Transaction) -> None:
    """Enqueue the note about a new session, for when ``notices`` have their results, or at the latest after 15 seconds."""
    if any(one.state is NoticeState.PENDING for one in notices):
        job, key = AddNoteAtLatest(session_id), f"note:{session_id}:latest"
        await tx.enqueue(job, key=key, delay_seconds=NOTE_AT_LATEST_SECONDS)
    else:
        await _enqueue_first_note_now(session_id, tx)


async def _enqueue_first_note_now(session_id: SessionId, tx: Transaction) -> None:
    # The key is the same for every caller, so the note is enqueued once.
    await tx.enqueue(AddNote(session_id), key=f"note:{session_id}")


async def store_result(notice: Notice, tx: Transaction) -> None:
    """Store the result of a pending notice, and refresh what shows it. A result that was stored meanwhile stays.

    The last result of a new session's notices brings the note about them.
    """
    # Locked: of two results that are stored at the same time, the second one must see the first.
    await tx.sessions.hold(notice.session_id)
    is_saved, stored, places = await together(
        tx,
        tx.notices.save(notice, known_state=NoticeState.PENDING),
        tx.open_work.session_with_notices(notice.session_id),
        tx.shown_sessions.find_places(notice.session_id),
    )
    if not is_saved or stored is None:
        return
    session, notices = stored
    await enqueue_refreshes(session, tx, places)
    planned = planned_notice_ids(notice.session_id)
    if notice.id in planned and not any(
        one.id in planned and one.state is NoticeState.PENDING for one in notices
    ):
        await _enqueue_first_note_now(notice.session_id, tx)


async def add_note_at_latest(job: AddNoteAtLatest, steps: Steps, *, writer: NoteWriter) -> None:
    """Add the note about a new session, even if notices are still on their way."""
    await steps.run_step(
        "enqueue the note", lambda: writer.add_note_at_latest(job.session), is_repeatable=True
    )


async def add_note(job: AddNote, steps: Steps, *, writer: NoteWriter) -> None:
    """Add a note to the request about a new session, or about one notice."""

    async def add() -> None:
        if job.notice is None:
            await writer.add_first_note(job)
        else:
            await writer.add_later_note(job, job.notice)

    await steps.run_step("add the note to the request", add, is_repeatable=True)
