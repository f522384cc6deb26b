"""Write the record of a session that is over: a note on the request and, if the settings say so, a worklog.

Each is added once. A later report changes it: it is edited, or a note that cannot be edited is followed by one that
replaces it. What could not be written is tried again by the sweep.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from bot import access
from bot.attempts import attempting
from bot.errors import ErrorCode, Rejected, Unavailable
from bot.i18n import _
from bot.installation import Installation
from bot.jobs import WriteRecord
from bot.model.audit import Action, AuditEntry
from bot.model.ids import EntryId, RequestId, SessionId
from bot.model.notice import Notice, NoticeState
from bot.model.session import Session
from bot.model.session_record import RecordKind, RecordPart, SessionRecord, Written, worklog_minutes
from bot.pauses import choose_pause
from bot.ports import Clock, ServiceDesk, StepOutcome, Steps, Worklog
from bot.record_template import (
    RecordNote,
    record_note,
    worklog_description,
    worklog_reference,
)
from bot.unit_of_work import Transaction, UnitOfWork
from bot.values import replace, value_class
from bot.workflows.lease import leased
from bot.workflows.retention import BY

_REFUSED = frozenset({ErrorCode.REJECTED, ErrorCode.NOT_AUTHORIZED})
"""After these errors nothing was written, so the note may be replaced by another one."""


@value_class
class _Content:
    """What a record has to say now, with what was written of it so far."""

    session: Session
    request_id: RequestId
    record: SessionRecord
    note: RecordNote
    minutes: int | None
    has_pending_notices: bool

    @property
    def is_written(self) -> bool:
        """Whether ServiceDesk Plus has all of it."""
        is_logged = self.minutes is None or self.record.worklog.content == str(self.minutes)
        return self.record.note.content == self.note.digest and is_logged


@value_class
class _Entry:
    """A note or a worklog as it is to be on the request, with the calls that write it.

    ``content`` stands for what is to be written. Each call takes the marker by which the entry is found.
    """

    part: RecordPart
    content: str
    find: Callable[[str], Awaitable[EntryId | None]]
    add: Callable[[str], Awaitable[EntryId | None]]
    edit: Callable[[EntryId, str], Awaitable[None]]


class SessionRecorder:
    """Writes records of sessions to ServiceDesk Plus, each in one process at a time."""

    def __init__(
        self, unit_of_work: UnitOfWork, servicedesk: ServiceDesk, installation: Installation, clock: Clock
    ) -> None:
        self._unit_of_work = unit_of_work
        self._servicedesk = servicedesk
        self._installation = installation
        self._clock = clock

    async def write_note(self, session_id: SessionId) -> None:
        """Add the note to the request, or edit it where something changed.

        Raises NotAllowed (switched off), Rejected, NotAuthorized, Unavailable.
        """
        async with self._writing(session_id) as content:
            if content is not None:
                await self._write(content.record, self._note_entry(content), content.note.reference)

    async def add_correction(self, session_id: SessionId) -> None:
        """Add a note that replaces the one that could not be edited. Raises what ``write_note`` raises."""
        async with self._writing(session_id) as content:
            if content is None or content.record.note.content == content.note.digest:
                return
            if not content.record.note.exists:
                raise Rejected(_("There is no note that could be replaced."))
            entry, reference = self._note_entry(content), content.note.correcting_reference
            await self._find_or_add(content.record, entry, reference)

    async def write_worklog(self, session_id: SessionId) -> None:
        """Add the worklog to the request, or edit it where the connected time changed. Raises what ``write_note`` raises."""
        async with self._writing(session_id) as content:
            if content is not None and content.minutes is not None:
                entry = self._worklog_entry(content, content.minutes)
                await self._write(content.record, entry, worklog_reference(session_id))

    def _note_entry(self, content: _Content) -> _Entry:
        request_id, note = content.request_id, content.note
        return _Entry(
            RecordPart.NOTE,
            note.digest,
            find=lambda reference: self._servicedesk.find_note(request_id, reference),
            add=lambda reference: self._servicedesk.add_note(request_id, note.html(reference)),
            edit=lambda entry_id, reference: self._servicedesk.edit_note(
                request_id, entry_id, note.html(reference)
            ),
        )

    def _worklog_entry(self, content: _Content, minutes: int) -> _Entry:
        session, request_id = content.session, content.request_id
        worklog = Worklog(
            owner=session.technician,
            owner_name=session.technician_name,
            minutes=minutes,
            description=worklog_description(session, self._installation.language),
        )
        return _Entry(
            RecordPart.WORKLOG,
            str(minutes),
            find=lambda reference: self._servicedesk.find_worklog(request_id, reference),
            add=lambda _reference: self._servicedesk.add_worklog(request_id, worklog),
            edit=lambda entry_id, _reference: self._servicedesk.edit_worklog(request_id, entry_id, worklog),
        )

    async def store_outcome(self, session_id: SessionId, failure: StepOutcome | None) -> None:
        """Store when the rest of a record is due, and audit that it could not be written. ``failure`` is None after success."""
        async with self._unit_of_work.write() as tx:
            content = await self._load(session_id, tx)
            if content is None:
                await _close(session_id, tx)
                return
            record, now = content.record, self._clock()
            if failure is None or content.is_written:
                await self._store_success(content, tx)
            elif failure.code is ErrorCode.NOT_ALLOWED:
                # The first round after the integration is switched on again writes it.
                await tx.session_records.save(record.due_now(now))
            else:
                if record.failed_at is None:
                    await tx.audit.append(_audit_entry(content.session, Action.RECORD_FAILED, now))
                failed = replace(record, failed_at=record.failed_at or now)
                asked = timedelta(seconds=choose_pause(0, failure.retry_after))
                await tx.session_records.save(failed.postponed(now, at_least=asked))

    async def _store_success(self, content: _Content, tx: Transaction) -> None:
        record, now = content.record, self._clock()
        if record.failed_at is not None:
            await tx.audit.append(_audit_entry(content.session, Action.RECORD_WRITTEN, now))
        done = replace(record, failed_at=None, due_at=None)
        # A mail may still be on its way, and a report may have arrived while the note was written.
        is_final = content.is_written and not content.has_pending_notices
        await tx.session_records.save(done if is_final else done.postponed(now))

    @asynccontextmanager
    async def _writing(self, session_id: SessionId) -> AsyncIterator[_Content | None]:
        """Hold the record's lease, and yield what it has to say. None where there is nothing to write."""
        async with self._unit_of_work.read() as tx:
            access.require_integration_on(await tx.switches.read())
            content = await self._load(session_id, tx)
        if content is None:
            yield None
            return
        async with leased(
            session_id, self._unit_of_work, self._clock, leases_of=lambda tx: tx.session_records
        ) as is_mine:
            if not is_mine:
                # Two processes that both look for a note that is not there yet would both add it.
                raise Unavailable(_("The record of this session is being written already."))
            async with self._unit_of_work.read() as tx:
                # Another process may have written it before the lease was taken.
                content = await self._load(session_id, tx)
            yield content

    async def _load(self, session_id: SessionId, tx: Transaction) -> _Content | None:
        record, session = await tx.session_records.get(session_id), await tx.sessions.get(session_id)
        if self._installation.record is RecordKind.NONE or record is None or session is None:
            return None
        if session.state.is_open or session.request_id is None:
            return None
        notices = await tx.notices.of_session(session_id)
        logs_time = self._installation.record is RecordKind.WORKLOG
        return _Content(
            session,
            session.request_id,
            record,
            record_note(
                session,
                notices,
                self._installation.language,
                invitations=await tx.invitations.of_session(session_id),
            ),
            worklog_minutes(session.connected_seconds) if logs_time else None,
            has_pending_notices=any(_is_pending(notice) for notice in notices),
        )

    async def _write(self, record: SessionRecord, entry: _Entry, reference: str) -> None:
        """Write one entry, unless ServiceDesk Plus has it already. ``reference`` is the marker of one that is added."""
        written = record.part(entry.part)
        if not written.exists:
            written = await self._find_or_add(record, entry, reference)
        if written.content == entry.content:
            return
        entry_id = written.id or await entry.find(written.reference)
        if entry_id is None:
            raise Rejected(_("What was written before is no longer found on the request."))
        await entry.edit(entry_id, written.reference)
        await self._store(record, entry, replace(written, id=entry_id, content=entry.content))

    async def _find_or_add(self, record: SessionRecord, entry: _Entry, reference: str) -> Written:
        """Add an entry, or find what an earlier attempt added, perhaps with an older text. Returns what exists then."""
        before = record.part(entry.part)
        # A correcting note has a marker for each text. An entry that does not exist yet has one for all of them.
        was_attempted = before.attempted == entry.content if before.exists else bool(before.attempted)
        found = await entry.find(reference) if was_attempted else None
        if found is not None:
            existing = Written(found, reference, content=before.attempted)
        else:

            async def mark() -> bool:
                await self._store(record, entry, replace(before, attempted=entry.content))
                return was_attempted

            async with attempting(mark, lambda: self._store(record, entry, before)):
                existing = Written(await entry.add(reference), reference, content=entry.content)
        await self._store(record, entry, existing)
        return existing

    async def _store(self, record: SessionRecord, entry: _Entry, written: Written) -> None:
        async with self._unit_of_work.write() as tx:
            current = await tx.session_records.get(record.session_id)
            if current is not None:
                await tx.session_records.save(current.with_part(entry.part, written))


def _is_pending(notice: Notice) -> bool:
    return notice.state is NoticeState.PENDING


def _audit_entry(session: Session, action: Action, now: datetime) -> AuditEntry:
    return AuditEntry(now, BY, action, f"#{session.number} {session.code or ''}".strip())


async def _close(session_id: SessionId, tx: Transaction) -> None:
    """Take a record that is not wanted, by the settings of today, off the list of what is due."""
    record = await tx.session_records.get(session_id)
    if record is not None:
        await tx.session_records.save(replace(record, due_at=None))


async def write_record(job: WriteRecord, steps: Steps, *, recorder: SessionRecorder) -> None:
    """Bring the record of a session up to date: its note, then its worklog. Neither stops the other."""
    session_id = job.session
    note = await steps.run_step("write the note", lambda: recorder.write_note(session_id))
    if note.code in _REFUSED:
        correction = await steps.run_step(
            "add a correcting note", lambda: recorder.add_correction(session_id)
        )
        note = correction or note
    worklog = await steps.run_step("write the worklog", lambda: recorder.write_worklog(session_id))
    failure = next((outcome for outcome in (note, worklog) if not outcome), None)
    await steps.run_step("store the outcome", lambda: recorder.store_outcome(session_id, failure))
