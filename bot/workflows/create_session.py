"""Create a session: look the request up, open the session at TeamViewer, mail the requester. All else are jobs of their own."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot import access
from bot.account_check import AccountCheck
from bot.attempts import attempting
from bot.chat_invitations import enqueue_invitation
from bot.coalesced_refreshes import enqueue_refresh_of_outage
from bot.errors import NotAuthorized, NotFound, OutcomeUnknown, Rejected, Unavailable
from bot.i18n import Text, _
from bot.installation import Installation
from bot.jobs import RefreshHomes, SendNotice
from bot.model.audit import Action, AuditEntry
from bot.model.connection import Connection
from bot.model.ids import CommandKey, SessionId
from bot.model.notice import Notice, NoticeState
from bot.model.outage import Refusal
from bot.model.policy import NumberedRule
from bot.model.request import Request
from bot.model.session import RemoteSession, Session, State
from bot.model.technician import KnownUser
from bot.ports import Clock, ReturnAddress, ServiceDesk, StepOutcome
from bot.unit_of_work import Transaction, UnitOfWork
from bot.unit_of_work.together import together
from bot.unit_of_work.work import NoticeToSend, SessionToCreate
from bot.use_cases.plan import refuse_started_plan
from bot.use_cases.policy_check import asks_for_mail, require_request_allowed, require_still_allowed
from bot.values import replace, value_class
from bot.views.pages import Message
from bot.views.parts import Tone
from bot.workflows.failure_text import failure_text, worthwhile_time
from bot.workflows.new_remote_session import new_remote_session
from bot.workflows.notice_notes import enqueue_first_note, first_notice_id
from bot.workflows.notices import NoticeSender
from bot.workflows.post_card import CardPoster, enqueue_first_card, is_on_card_of_outage
from bot.workflows.remote_sessions import RemoteSessions
from bot.workflows.replies import enqueue_reply, problem_view
from bot.workflows.session_changes import SessionChanges, session_connection

_CHECKED_AGAIN_AFTER = timedelta(seconds=5)
"""A sender who was looked at so long ago is looked at once more, before TeamViewer is asked."""


@value_class
class LookedUp:
    """An accepted session whose request was read. ``checked_at``: when its sender was looked at."""

    asked: SessionToCreate
    checked_at: datetime


@value_class
class Created:
    """A session that was created now, with its first notice. ``asks_for_mail``: whether a rule asks that its requester gets a mail."""

    session: Session
    first_notice: NoticeToSend | None
    asks_for_mail: bool


class SessionCreator:
    """The steps that create an accepted session at TeamViewer."""

    def __init__(
        self,
        *,
        unit_of_work: UnitOfWork,
        sessions: SessionChanges,
        remote: RemoteSessions,
        servicedesk: ServiceDesk,
        notices: NoticeSender,
        cards: CardPoster,
        accounts: AccountCheck,
        installation: Installation,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._sessions = sessions
        self._remote = remote
        self._servicedesk = servicedesk
        self._notices = notices
        self._cards = cards
        self._accounts = accounts
        self._installation = installation
        self._clock = clock

    async def look_up_request(self, session_id: SessionId, key: CommandKey) -> LookedUp | None:
        """Read the request from ServiceDesk Plus into the session. Raises NotAllowed, NotFound, Rejected, Unavailable.

        Returns the session as it is stored then, if it is still to be created.
        """
        async with self._unit_of_work.read() as tx:
            asked, rules = await together(tx, self._load(session_id, tx), tx.policy.rules())
        session, address = asked.session, asked.origin
        if session.state is not State.CREATING:
            return None
        checked_at = self._clock()
        await self._require_technician(address)
        try:
            request = await self._servicedesk.request(session.number)
        except Unavailable as error:
            await self._report_wait(session, error, key)
            raise
        if request.is_trashed:
            raise Rejected(
                _(
                    "Request #{number} is in the trash of ServiceDesk Plus. Restore it there first.",
                    number=request.number,
                )
            )
        if request.is_closed:
            raise Rejected(
                _(
                    "Request #{number} is {status}: sessions are for open requests. Reopen it first.",
                    number=request.number,
                    status=request.status,
                )
            )
        if rules:
            async with self._unit_of_work.read() as tx:
                await require_request_allowed(session, request, rules, tx, self._installation)

        async def record(tx: Transaction) -> None:
            await tx.policy.store_request(session_id, site=request.site, group=request.group)
            await enqueue_first_card(session, key, address, tx)

        # The session has no card yet, so there is none to refresh.
        found = await self._sessions.change(
            session_id,
            lambda current: _with_request(current, request),
            also=record,
            refreshes_cards=False,
            known=session,
        )
        if found is not None and found.state is not State.CREATING:
            # It was given up meanwhile: the card says so, and offers another try.
            async with self._unit_of_work.write() as tx:
                await enqueue_first_card(session, key, address, tx)
        return None if found is None else LookedUp(replace(asked, session=found), checked_at)

    async def open_session(self, session_id: SessionId, known: LookedUp | None = None) -> Created | None:
        """Create the session at TeamViewer, at most once. Raises NotAllowed, NotAuthorized, Rejected, Unavailable.

        ``known``: what was found about it a moment ago. Returns the session if it was created now, as it is stored then.
        """
        if known is not None:
            asked, checked_at = known.asked, known.checked_at
        else:
            async with self._unit_of_work.read() as tx:
                asked, checked_at = await self._load(session_id, tx), None
        session, address = asked.session, asked.origin
        if session.state is not State.CREATING:
            return None
        # The clock may have been set back meanwhile.
        if checked_at is None or not timedelta(0) <= self._clock() - checked_at <= _CHECKED_AGAIN_AFTER:
            # ServiceDesk Plus and TeamViewer may have been away for long.
            await self._require_technician(address)
        marked: list[tuple[Connection, Sequence[NumberedRule]] | None] = []

        async def mark() -> bool:
            was_attempted, found = await self._mark_attempted(session, address)
            marked.append(found)
            return was_attempted

        async with attempting(mark, lambda: self._unmark_attempted(session)):
            (found,) = marked
            if found is None:
                return None
            connection, rules = found
            try:
                remote = await self._find_or_create(session, connection)
            except Unavailable as error:
                await self._store_problem(session_id, error)
                raise

        notices: Sequence[Notice] = ()

        async def enqueue_all_else(tx: Transaction) -> None:
            nonlocal notices
            notices = await self._enqueue_all_else(session, address, remote, tx)

        opened = await self._sessions.change(
            session_id,
            lambda current: current.opened(remote) if current.state is State.CREATING else None,
            also=enqueue_all_else,
            # The mark has stored the account, and nothing else.
            known=replace(session, account=connection.account.user_id),
        )
        if opened is None:
            return None
        first = next((one for one in notices if one.id == first_notice_id(session_id)), None)
        return Created(
            opened,
            None if first is None else NoticeToSend(first, opened, asked.switches),
            asks_for_mail=asks_for_mail(rules),
        )

    async def _enqueue_all_else(
        self, session: Session, address: ReturnAddress | None, remote: RemoteSession, tx: Transaction
    ) -> Sequence[Notice]:
        """Enqueue all that follows from an open session, but the requester's mail: each is a job of its own.

        ``address``: where the command came from that created the session. Returns the session's notices.
        """
        notices = await self._notices.plan_notices(session, tx)
        for notice in notices:
            if notice.state is NoticeState.PENDING and notice.channel.is_chat:
                await enqueue_invitation(notice, self._installation, tx)
            elif notice.state is NoticeState.PENDING and notice.id != first_notice_id(session.id):
                job = SendNotice(session.id, notice.id, notice.channel)
                await tx.enqueue(job, key=f"notice:{notice.id}")
        await self._cards.enqueue_supporter_link(session, address, tx)
        await enqueue_first_note(session.id, notices, tx)
        subject = f"#{session.number} {remote.code}"
        await tx.audit.append(AuditEntry(self._clock(), session.technician, Action.SESSION_CREATED, subject))
        return notices

    def failure_text(self, outcome: StepOutcome) -> Text:
        """Return why a session was not created, and from when on a new try makes sense where that is known."""
        return failure_text(outcome, self._clock())

    async def require_still_open(self, session_id: SessionId) -> None:
        """Raise Rejected if the session ended or failed during the TeamViewer call."""
        async with self._unit_of_work.read() as tx:
            session = await tx.sessions.get(session_id)
        if session is None or not session.state.is_open:
            raise Rejected(_("The session was ended before it began."))

    async def drop(self, session_id: SessionId, key: CommandKey, why: Text) -> None:
        """Delete an accepted session that was never created, answer why, and refresh its creator's homes."""
        async with self._unit_of_work.write() as tx:
            session = await tx.sessions.get(session_id)
            text = why if session is None else _of_request(session, why)
            # A session that TeamViewer may have been asked for stays stored, so that it can be closed there.
            if session is not None and session.account is None and session.state is State.CREATING:
                await tx.sessions.delete(session_id)
                if session.outage is not None:
                    await tx.outages.add_refusal(session.outage, Refusal(session.number, why))
                    await enqueue_refresh_of_outage(session.outage, tx)
                # A home may still list the deleted session, and RefreshCards can no longer find it.
                await tx.enqueue(RefreshHomes(session.technician), key=f"dropped:{session_id}")
            if session is not None and await is_on_card_of_outage(session, tx):
                return
            if session is not None and await refuse_started_plan(session, why, key, tx, self._clock()):
                return
            # The command may have accepted other sessions as well.
            await enqueue_reply(key, problem_view(text), tx, reason=f"dropped:{session_id}")

    @staticmethod
    async def _load(session_id: SessionId, tx: Transaction) -> SessionToCreate:
        """Load a session, and where the command came from that created it. Raises NotFound, NotAllowed."""
        asked = await tx.open_work.session_to_create(session_id)
        if asked is None:
            raise NotFound(_("The bot no longer knows this session."))
        # A step that runs again after a crash has no complaint about what is done already.
        if asked.session.state is State.CREATING:
            access.require_integration_on(asked.switches)
        return asked

    async def _require_technician(self, address: ReturnAddress | None) -> None:
        """Look again at the account that asked for the session. Raises NotAllowed, Unavailable."""
        if address is not None:
            await self._accounts.require_recent(address.actor)

    async def _report_wait(self, session: Session, error: Unavailable, key: CommandKey) -> None:
        """Answer, once for each command, that ServiceDesk Plus does not respond. There is no card yet that could show it."""
        if session.problem is not None:
            return
        text = self._waiting_text(error)
        await self._sessions.change(
            session.id,
            lambda current: _with_problem(current, text),
            also=lambda tx: enqueue_reply(key, Message(text, Tone.WAIT), tx, reason="wait"),
        )

    async def _mark_attempted(
        self, session: Session, address: ReturnAddress | None
    ) -> tuple[bool, tuple[Connection, Sequence[NumberedRule]] | None]:
        """Store which account the TeamViewer call will use. Raises NotAllowed, NotAuthorized.

        Returns whether TeamViewer may have been called before, and the connection with the rules: None where the session is over.
        """
        async with self._unit_of_work.write() as tx:
            # In the transaction of the mark: no rule that is stored by now is missed.
            current, connection, rules, sender = await together(
                tx,
                tx.sessions.get(session.id),
                session_connection(session, tx),
                tx.policy.rules(),
                _find_sender(address, tx),
            )
            if current is None or current.state is not State.CREATING:
                return True, None
            if address is not None:
                self._accounts.require_known(sender)
            if connection is None:
                raise NotAuthorized(_("Your TeamViewer account is no longer connected."))
            if current.account is None:
                await require_still_allowed(current, rules, tx, self._installation)
            await tx.connections.touch(connection, self._clock())
            tx.end_with_next_statement()
            # Stored before the call: after a crash a stored account means that TeamViewer may have been called.
            was_attempted = await tx.sessions.mark_attempted(
                session.id, connection.account.user_id, self._clock()
            )
        return was_attempted, (connection, rules)

    async def _unmark_attempted(self, session: Session) -> None:
        """Store that TeamViewer was certainly not asked to create the session."""
        async with self._unit_of_work.write() as tx:
            await tx.sessions.unmark_attempted(session.id)

    async def _find_or_create(self, session: Session, connection: Connection) -> RemoteSession:
        # A stored account means an earlier attempt, whose outcome nobody knows: look for it first.
        if session.account is not None:
            existing = await self._remote.find_session(connection, session.id)
            if existing is not None:
                return existing
        return await self._remote.create_session(
            connection, new_remote_session(session, session.id, self._clock())
        )

    async def _store_problem(self, session_id: SessionId, error: Unavailable) -> None:
        text = (
            _("TeamViewer has not confirmed it yet. Checking whether it exists before trying again.")
            if isinstance(error, OutcomeUnknown)
            else self._waiting_text(error)
        )
        await self._sessions.change(session_id, lambda current: _with_problem(current, text))

    def _waiting_text(self, error: Unavailable) -> Text:
        """Return what the card says while a call is retried: also from when on, where that is some time away."""
        time = worthwhile_time(error.retry_after, self._clock())
        if time is None:
            return _("{why} The bot is trying again.", why=error.text)
        return _("{why} The bot tries again after {time}.", why=error.text, time=time)


async def _find_sender(address: ReturnAddress | None, tx: Transaction) -> KnownUser | None:
    """Return what is stored about the sender of a command. None where that is not known."""
    return None if address is None else await tx.people.known_user(address.actor)


def _of_request(session: Session, why: Text) -> Text:
    """Return why a session was not created, with its request: the command may have named several."""
    if why.values.get("number") == session.number:
        return why
    return _("No session was created for request #{number}. {why}", number=session.number, why=why)


def _with_request(session: Session, request: Request) -> Session | None:
    # A session that was ended or given up meanwhile keeps the reason that it shows.
    if session.state is not State.CREATING:
        return None
    return replace(
        session,
        request_id=request.id,
        subject=request.subject,
        request_url=request.url,
        requester=request.requester,
        problem=None,
        version=session.version + 1,
    )


def _with_problem(session: Session, text: Text) -> Session | None:
    if session.state is not State.CREATING or session.problem == text:
        return None
    return session.with_problem(text)
