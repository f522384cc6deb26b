"""Move a session to a colleague at TeamViewer: assign it to their account or, where that is refused, replace it there."""

from bot import access
from bot.attempts import attempting
from bot.errors import ErrorCode, NotAuthorized, NotFound, NotSupported, Rejected
from bot.i18n import Text, Words, _
from bot.installation import Installation
from bot.jobs import AddTransferNote, MoveSession, PostCard, RefreshCard, RefreshHomes, SendNotice
from bot.model.audit import Action, AuditEntry
from bot.model.card import Audience
from bot.model.connection import Connection
from bot.model.effect import Effect
from bot.model.ids import CommandKey, SessionCode, TransferId, bare_code, derive_notice_id
from bot.model.notice import Channel, Notice, NoticeState, Recipient
from bot.model.session import RemoteSession, Session
from bot.model.transfer import Leftover, Transfer, TransferNews, TransferState
from bot.offers import enqueue_news, enqueue_settled
from bot.ports import Clock, Mailer, StepOutcome, Steps
from bot.unit_of_work import Transaction, UnitOfWork
from bot.use_cases.invitations import audit_subject, close_invitation
from bot.use_cases.policy_check import require_transfer_allowed
from bot.values import replace
from bot.views.pages import Message
from bot.views.parts import confirm
from bot.workflows.new_remote_session import new_remote_session
from bot.workflows.remote_sessions import RemoteSessions
from bot.workflows.replies import enqueue_reply, problem_view
from bot.workflows.session_changes import SessionChanges, session_connection
from bot.workflows.transfer_leftovers import LeftoverCloser

_AWAY = {ErrorCode.UNAVAILABLE, ErrorCode.OUTCOME_UNKNOWN}
_TRIES = 10
_PAUSE_SECONDS = 180
"""A try takes two minutes while TeamViewer is away. So a move is given up after three quarters of an hour."""


class SessionMover:
    """Moves sessions to the accounts of colleagues."""

    def __init__(
        self,
        *,
        unit_of_work: UnitOfWork,
        sessions: SessionChanges,
        remote: RemoteSessions,
        mailer: Mailer,
        installation: Installation,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._sessions = sessions
        self._remote = remote
        self._mailer = mailer
        self._installation = installation
        self._clock = clock

    async def assign_session(self, transfer_id: TransferId) -> None:
        """Assign a session to the colleague's account, and store it as theirs.

        Whether the colleague's account has it then is read at TeamViewer. Raises NotSupported where it has not: the session
        must be replaced. Raises NotFound (it is over), NotAllowed (switched off, or a rule refuses it), NotAuthorized, Rejected, Unavailable.
        """
        loaded = await self._load(transfer_id)
        if loaded is None:
            return
        transfer, session, former, new = loaded
        async with self._unit_of_work.read() as tx:
            if await tx.transfers.was_attempted(transfer_id):
                # An earlier try may have replaced it. A second session must not stay open beside that one.
                raise _not_assignable()
        code = session.code
        if code is None:
            raise NotFound(_("The session is over."))
        user_id = new.account.user_id
        remote = await self._find_assigned(new, code)
        if remote is None and former is not None:
            try:
                await self._remote.assign_session(former, code, user_id)
            except (Rejected, NotAuthorized):
                raise _not_assignable() from None
            remote = await self._find_assigned(new, code)
        if remote is None:
            raise _not_assignable()
        await self._hand_over(transfer, new, remote)

    async def _find_assigned(self, new: Connection, code: SessionCode) -> RemoteSession | None:
        """Return a session as the colleague's account has it. None where it is not assigned to that account, or not open."""
        found = await self._remote.read_assigned_session(new, code)
        if found is None or found.user_id != new.account.user_id or not found.is_open:
            return None
        return found.remote if found.remote.supporter_link else None

    async def replace_session(self, transfer_id: TransferId) -> None:
        """Create a new session in the colleague's account, at most once, and store it in place of the former one.

        Raises what ``assign_session`` raises, but for NotSupported.
        """
        loaded = await self._load(transfer_id)
        if loaded is None:
            return
        transfer, session, _former, new = loaded

        async def mark() -> bool:
            async with self._unit_of_work.write() as tx:
                return await tx.transfers.mark_attempted(transfer_id, self._clock())

        async def take_back() -> None:
            async with self._unit_of_work.write() as tx:
                await tx.transfers.unmark_attempted(transfer_id)

        async with attempting(mark, take_back) as was_attempted:
            remote = await self._remote.find_session(new, transfer_id) if was_attempted else None
            if remote is None:
                wanted = new_remote_session(session, transfer_id, self._clock())
                remote = await self._remote.create_session(new, wanted)
        await self._hand_over(transfer, new, remote)

    async def _load(
        self, transfer_id: TransferId
    ) -> tuple[Transfer, Session, Connection | None, Connection] | None:
        """Load what a step works with, and store the account that the session moves to. None where it is done already."""
        async with self._unit_of_work.write() as tx:
            transfer = await tx.transfers.get(transfer_id)
            session = await tx.sessions.get(transfer.session_id) if transfer else None
            if transfer is None or transfer.state is not TransferState.MOVING:
                return None
            access.require_integration_on(await tx.switches.read())
            if session is None or not session.is_moving or session.is_ending:
                raise NotFound(_("The session ended before it was handed over."))
            former = await session_connection(session, tx)
            new = await self._new_connection(transfer, tx)
            if transfer.account is None:
                # The rules may refuse the colleague what they allowed the former technician.
                await require_transfer_allowed(session, transfer.to.email, tx, self._installation)
                transfer = transfer.in_account(new.account.user_id)
                await tx.transfers.save(transfer, known_state=TransferState.MOVING)
            await tx.connections.touch(new, self._clock())
        return transfer, session, former, new

    @staticmethod
    async def _new_connection(transfer: Transfer, tx: Transaction) -> Connection:
        """Return the colleague's connection: the same one in every run. Raises NotAuthorized."""
        if transfer.account is None:
            found = await tx.connections.active(transfer.to.email)
        else:
            found = await tx.connections.of_account(transfer.to.email, transfer.account)
        if found is None:
            raise NotAuthorized(
                _(
                    "{name} has no TeamViewer account connected. They can connect one by {words}.",
                    name=transfer.to.name,
                    words=Words("auth"),
                )
            )
        return found

    async def _hand_over(self, transfer: Transfer, new: Connection, remote: RemoteSession) -> None:
        """Store a session as the colleague's, with all that follows. Where it has ended meanwhile, what is open is closed."""
        now, is_done = self._clock(), False

        def move(current: Session) -> Session | None:
            if not current.is_moving or current.is_ending or current.technician != transfer.former.email:
                return None
            return current.handed_over(transfer.to.email, transfer.to.name, new.account.user_id, remote, now)

        async def also(tx: Transaction) -> None:
            nonlocal is_done
            is_done = True
            await self._store_done(transfer, remote, tx)

        session = await self._sessions.change(transfer.session_id, move, also=also)
        if not is_done and session is not None:
            async with self._unit_of_work.write() as tx:
                left = Leftover(
                    transfer.id, session.id, transfer.to.email, new.account.user_id, remote.code, now
                )
                await tx.transfers.store_leftover(left, close_after=now)
            raise NotFound(_("The session ended before it was handed over."))

    async def _store_done(self, transfer: Transfer, remote: RemoteSession, tx: Transaction) -> None:
        now = self._clock()
        done = transfer.settled(TransferState.DONE)
        await tx.transfers.save(done, known_state=TransferState.MOVING)
        session = await tx.sessions.get(transfer.session_id)
        if session is None:
            return
        await tx.sessions.move_to_technician(session, transfer.accepted_by or _no_command(transfer))
        former_code, former_account = transfer.former_code, transfer.former_account
        if former_code and former_account and bare_code(former_code) != bare_code(remote.code):
            left = Leftover(transfer.id, session.id, transfer.former.email, former_account, former_code, now)
            await tx.transfers.store_leftover(left, close_after=now)
        await self._take_private_cards(transfer, session, tx)
        await self._close_invitation(transfer, session, tx)
        await tx.enqueue(RefreshHomes(transfer.former.email), key=f"transferred:{transfer.id}")
        await self._enqueue_notices(transfer, session, tx)
        by = transfer.to.email if transfer.accepted_by else transfer.by.email
        subject = f"#{session.number} {session.code or ''}: {transfer.former.email} → {transfer.to.email}"
        await tx.audit.append(AuditEntry(now, by, Action.SESSION_TRANSFERRED, subject))

    async def _close_invitation(self, transfer: Transfer, session: Session, tx: Transaction) -> None:
        """End the new technician's invitation to this session: the session is theirs now."""
        for invitation in await tx.invitations.of_session(session.id):
            if invitation.is_open and invitation.technician == transfer.to.email:
                subject = audit_subject(session, invitation.technician)
                entry = AuditEntry(self._clock(), transfer.by.email, Action.INVITATION_WITHDRAWN, subject)
                await close_invitation(invitation.withdrawn(), entry, tx)

    @staticmethod
    async def _take_private_cards(transfer: Transfer, session: Session, tx: Transaction) -> None:
        """Let the former technician's own cards show what any technician may see.

        Their refresh gets a job of its own: one that waits already knows the card as it was, and leaves it alone.
        """
        for card in await tx.cards.of_session(session.id):
            if card.audience is Audience.CREATOR:
                changed = await tx.cards.change_audience(card, Audience.TECHNICIAN)
                key = f"transferred:{transfer.id}:{card.platform}:{card.channel}:{card.message}"
                await tx.enqueue(RefreshCard(changed), key=key)

    async def _enqueue_notices(self, transfer: Transfer, session: Session, tx: Transaction) -> None:
        await enqueue_news(transfer, TransferNews.TAKEN, tx)
        await enqueue_news(transfer, TransferNews.RECEIVED, tx)
        await tx.enqueue(AddTransferNote(transfer.id), key=f"transfer_note:{transfer.id}")
        if transfer.accepted_by is not None:
            address = await tx.commands.return_address(transfer.accepted_by)
            if address is not None:
                card = PostCard(address.actor.platform, session.id, transfer.accepted_by)
                await tx.enqueue(card, key=f"transfer_card:{transfer.id}")
        elif transfer.by.email != transfer.former.email:
            await enqueue_reply(transfer.command, _moved_view(transfer, session), tx, reason="moved")
        if self._mailer.is_configured:
            notice = Notice(
                derive_notice_id(f"transfer/{transfer.id}"),
                session.id,
                Recipient.TECHNICIAN,
                Channel.MAIL,
                NoticeState.PENDING,
                self._clock(),
            )
            await tx.notices.add(notice)
            await tx.enqueue(SendNotice(session.id, notice.id, notice.channel), key=f"notice:{notice.id}")

    async def enqueue_try(self, job: MoveSession) -> None:
        """Enqueue the next try of a move, for when TeamViewer may answer again."""
        again = replace(job, tries=job.tries + 1)
        async with self._unit_of_work.write() as tx:
            key = f"move:{job.transfer}:{again.tries}"
            await tx.enqueue(again, key=key, delay_seconds=_PAUSE_SECONDS)

    async def give_up(self, transfer_id: TransferId, outcome: StepOutcome) -> None:
        """Leave a session with its technician, and tell who waits for it why.

        What TeamViewer may have created in the colleague's account is closed.
        """
        why = outcome.problem or _("No reason was given.")
        async with self._unit_of_work.read() as tx:
            transfer = await tx.transfers.get(transfer_id)
        if transfer is None or transfer.state is not TransferState.MOVING:
            return

        async def also(tx: Transaction) -> None:
            await self._store_failed(transfer, why, tx)

        session = await self._sessions.change(
            transfer.session_id,
            lambda current: current.moving(None) if current.moving_to is not None else None,
            also=also,
        )
        if session is not None:
            async with self._unit_of_work.write() as tx:
                await self._store_failed(transfer, why, tx)

    async def _store_failed(self, transfer: Transfer, why: Text, tx: Transaction) -> None:
        failed = transfer.settled(TransferState.FAILED)
        if not await tx.transfers.save(failed, known_state=TransferState.MOVING):
            return
        await enqueue_settled(failed, tx)
        now = self._clock()
        was_attempted = await tx.transfers.was_attempted(transfer.id)
        has_leftover = await tx.transfers.leftover_of(transfer.id) is not None
        if was_attempted and transfer.account is not None and not has_leftover:
            # Its code was never stored, so it is found by the id of the transfer.
            left = Leftover(transfer.id, transfer.session_id, transfer.to.email, transfer.account, None, now)
            await tx.transfers.store_leftover(left, close_after=now)
        text = _(
            "The session was not handed over, and stays with {name}. {why}",
            name=transfer.former.name,
            why=why,
        )
        keys = {transfer.command, transfer.accepted_by} - {None}
        for key in sorted(str(one) for one in keys):
            await enqueue_reply(CommandKey(key), problem_view(text), tx, reason="not_moved")


def _no_command(transfer: Transfer) -> CommandKey:
    """Return a key that no command has: the technician who got the session did not ask for it."""
    return CommandKey(f"transfer:{transfer.id}")


def _not_assignable() -> NotSupported:
    return NotSupported(_("TeamViewer does not hand this session over to another account."))


def _moved_view(transfer: Transfer, session: Session) -> Message:
    moved = _(
        "The session for request #{number} is with {name} now.", number=session.number, name=transfer.to.name
    )
    return Message.confirming(confirm(Effect.CHANGED, changed=moved, nothing=moved))


async def move_session(
    job: MoveSession, steps: Steps, *, mover: SessionMover, leftovers: LeftoverCloser
) -> None:
    """Move a session to a colleague, or say why that is impossible. What was left open is closed in both cases."""
    moved = await steps.run_step(
        "assign the session", lambda: mover.assign_session(job.transfer), is_repeatable=True
    )
    if moved.code is ErrorCode.NOT_SUPPORTED:
        moved = await steps.run_step(
            "replace the session", lambda: mover.replace_session(job.transfer), is_repeatable=True
        )
    if moved.code in _AWAY and job.tries + 1 < _TRIES:
        await steps.run_step("enqueue the next try", lambda: mover.enqueue_try(job), is_repeatable=True)
        return
    if moved.problem is not None:
        failed = moved
        await steps.run_step("give up", lambda: mover.give_up(job.transfer, failed), is_repeatable=True)
    await steps.run_step(
        "close what was left open", lambda: leftovers.close_of(job.transfer), is_repeatable=True
    )
