"""Find out who is meant, then invite them to a session, or withdraw their invitation."""

from collections.abc import Mapping, Sequence

from bot import access
from bot import freshness as limits
from bot.access import SessionWord
from bot.account_check import AccountCheck
from bot.coalesced_refreshes import enqueue_refreshes
from bot.errors import NotAllowed, NotFound, Rejected
from bot.i18n import Text, Words, _
from bot.installation import Installation
from bot.jobs import AddInvitationNote, InviteColleague, PostInvitation, WithdrawInvitation
from bot.model.audit import Action, AuditEntry
from bot.model.effect import Effect
from bot.model.ids import email
from bot.model.invitation import MOST_INVITED, Invitation, find_open
from bot.model.sanitize import remove_invisible
from bot.model.session import Session
from bot.model.technician import Actor, Platform, Technician
from bot.ports import Chat, Clock, ReturnAddress, Steps
from bot.unit_of_work import Transaction, UnitOfWork
from bot.use_cases.find_session import session_is_ending
from bot.use_cases.invitations import audit_subject, close_invitation
from bot.views.invitation import not_invited, withdrawal
from bot.views.pages import Message
from bot.views.parts import Confirmation, confirm
from bot.words_to_type import words_about
from bot.workflows.replies import Replies, enqueue_reply, problem_view, store_and_enqueue_reply
from bot.workflows.user_lookup import UserLookup


class Inviter:
    """Invites technicians to sessions."""

    def __init__(
        self,
        *,
        unit_of_work: UnitOfWork,
        chats: Mapping[Platform, Chat],
        users: UserLookup,
        accounts: AccountCheck,
        installation: Installation,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._chats = chats
        self._users = users
        self._accounts = accounts
        self._installation = installation
        self._clock = clock

    async def invite(self, job: InviteColleague) -> None:
        """Store an invitation, and enqueue all that follows and the answer. Raises NotFound, NotAllowed, Rejected, Unavailable."""
        async with self._unit_of_work.read() as tx:
            address = await tx.commands.return_address(job.command)
        if address is None:
            return
        # The look of the command may be long ago: outside systems may have been away since.
        await self._accounts.require_current(address.actor)
        technician, named = await self._identify(job.user, address.actor)
        async with self._unit_of_work.write() as tx:
            await self._store(technician, named, job, address, tx)

    async def withdraw(self, job: WithdrawInvitation) -> None:
        """Withdraw an invitation, and enqueue the answer. Raises NotFound, NotAllowed, Rejected, Unavailable."""
        async with self._unit_of_work.read() as tx:
            address = await tx.commands.return_address(job.command)
        if address is None:
            return
        profile = await self._users.read_profile(
            Actor(address.actor.platform, address.actor.tenant, job.user)
        )
        async with self._unit_of_work.write() as tx:
            session = await self._lock_open_session(job, tx, SessionWord.UNINVITE)
            invitations = await tx.invitations.of_session(session.id)
            invitation = find_open(invitations, profile.email) if profile.email else None
            if invitation is None:
                raise NotFound(not_invited(session, profile.name))
            subject = audit_subject(session, invitation.technician)
            entry = AuditEntry(self._clock(), job.by, Action.INVITATION_WITHDRAWN, subject)
            await close_invitation(invitation.withdrawn(), entry, tx)
            await enqueue_reply(job.command, withdrawal(session, invitation), tx, reason="applied")

    async def _identify(self, user: str, asked_by: Actor) -> tuple[Technician, Actor | None]:
        """Return the technician who is meant, and the account that was mentioned, if it was one."""
        if "@" in user:
            address = email(remove_invisible(user))
            await self._users.refresh_technicians(older_than=limits.DIRECTORY_FRESH_FOR_UNLISTED)
            async with self._unit_of_work.read() as tx:
                listed_as = await tx.people.technician_name(address)
            return access.require_listed_address_for(access.Purpose.INVITATION, address, listed_as), None
        actor = Actor(asked_by.platform, asked_by.tenant, user)
        profile = await self._users.read_profile(actor)
        await self._users.refresh_technicians(older_than=limits.DIRECTORY_FRESH_FOR_UNLISTED)
        async with self._unit_of_work.read() as tx:
            listed_as = await tx.people.technician_name(profile.email) if profile.email else None
        return access.require_technician_for(access.Purpose.INVITATION, profile, listed_as), actor

    async def _lock_open_session(
        self, job: InviteColleague | WithdrawInvitation, tx: Transaction, word: SessionWord
    ) -> Session:
        """Return the session. Much may have changed while outside systems were asked. Raises NotFound, NotAllowed."""
        access.require_integration_on(await tx.switches.read())
        session = await tx.sessions.lock(job.session)
        if session is None or not session.state.is_live:
            raise NotFound(_("The session has ended meanwhile."))
        if session.is_ending:
            raise NotFound(session_is_ending(session))
        is_admin = job.by in self._installation.admins or job.by in await tx.people.granted_admins()
        by = Technician(job.by, job.by_name, is_admin=is_admin)
        access.require_word(word, session, by, is_invited=False)
        return session

    async def _store(
        self,
        technician: Technician,
        named: Actor | None,
        job: InviteColleague,
        address: ReturnAddress,
        tx: Transaction,
    ) -> None:
        """Store the invitation with everything that follows from it: all of it, once, or nothing."""
        session = await self._lock_open_session(job, tx, SessionWord.INVITE)
        invitations = await tx.invitations.of_session(session.id)
        effect = Effect.NOTHING
        # A run after a crash finds what the run before it stored, even if it was declined meanwhile.
        if not any(one.command == job.command for one in invitations):
            effect = await self._invite_once(technician, named, job, session, tx)
        effect = await tx.commands.record_effect(job.command, effect)
        answer = Message.confirming(_confirmation(technician, session, effect))
        await store_and_enqueue_reply(
            job.command,
            answer,
            address,
            tx,
            chat=self._chats[address.actor.platform],
            language=self._installation.language,
        )

    async def _invite_once(
        self,
        technician: Technician,
        named: Actor | None,
        job: InviteColleague,
        session: Session,
        tx: Transaction,
    ) -> Effect:
        if technician.email == session.technician:
            raise NotAllowed(_("{name} created this session, and can enter it.", name=technician.name))
        invitations = await tx.invitations.of_session(session.id)
        if find_open(invitations, technician.email) is not None:
            return Effect.NOTHING
        if sum(one.is_open for one in invitations) >= MOST_INVITED:
            raise NotAllowed(_too_many(session))
        accounts = await self._accounts_of(technician, named, tx)
        if not accounts:
            raise Rejected(_unreachable(technician.name))
        now = self._clock()
        invitation = Invitation.new(
            session.id, (technician.email, technician.name), (job.by, job.by_name), job.command, now
        )
        await tx.invitations.save(invitation)
        subject = audit_subject(session, technician.email)
        await tx.audit.append(AuditEntry(now, job.by, Action.COLLEAGUE_INVITED, subject))
        await enqueue_refreshes(session, tx)
        await tx.enqueue(_post(invitation, accounts), key=invitation.post_key)
        note = AddInvitationNote(session.id, technician.name, job.by_name, invitation.post_key)
        await tx.enqueue(note, key=f"note:{invitation.post_key}")
        return Effect.CHANGED

    async def _accounts_of(self, technician: Technician, named: Actor | None, tx: Transaction) -> list[Actor]:
        """Return the accounts that may get the invitation: the one that was mentioned first."""
        known = [
            one.actor
            for one in await tx.people.profiles_of(technician.email)
            if one.is_full_member and one.actor.platform in self._chats
        ]
        return sorted(known, key=lambda actor: actor != named)


def _post(invitation: Invitation, accounts: Sequence[Actor]) -> PostInvitation:
    first, *others = accounts
    return PostInvitation(
        first.platform,
        first,
        tuple(others),
        invitation.session_id,
        invitation.technician,
        invitation.post_key,
    )


def _confirmation(technician: Technician, session: Session, effect: Effect) -> Confirmation:
    return confirm(
        effect,
        changed=_(
            "{name} is invited to the session for request #{number}.",
            name=technician.name,
            number=session.number,
        ),
        nothing=_("{name} is invited already. Nothing was changed.", name=technician.name),
    )


def _too_many(session: Session) -> Text:
    return _(
        "{limit} people at most can be invited to one session. To withdraw an invitation, type {words}.",
        limit=MOST_INVITED,
        words=words_about("uninvite", session.number),
    )


def _unreachable(name: str) -> Text:
    return _(
        "The bot has not met {name} in a chat yet. Ask them to write {words} to the bot, then invite them again.",
        name=name,
        words=Words("hello"),
    )


async def invite_colleague(job: InviteColleague, steps: Steps, *, inviter: Inviter, replies: Replies) -> None:
    """Invite a technician to a session. Their message and the answer are jobs of their own."""
    invited = await steps.run_step("invite the colleague", lambda: inviter.invite(job))
    await _report_refusal(job, invited.problem, steps, replies)


async def withdraw_invitation(
    job: WithdrawInvitation, steps: Steps, *, inviter: Inviter, replies: Replies
) -> None:
    """Withdraw the invitation of who was mentioned."""
    withdrawn = await steps.run_step("withdraw the invitation", lambda: inviter.withdraw(job))
    await _report_refusal(job, withdrawn.problem, steps, replies)


async def _report_refusal(
    job: InviteColleague | WithdrawInvitation, problem: Text | None, steps: Steps, replies: Replies
) -> None:
    if problem is not None:
        view = problem_view(problem)
        await steps.run_step(
            "report the refusal", lambda: replies.enqueue_answer(job.command, view, reason="refused")
        )
