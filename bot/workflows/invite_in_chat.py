"""Invite a requester in their own chat with the bot, once for each notice, and keep the message up to date."""

import hashlib
import secrets
from collections.abc import Mapping

from bot import access
from bot.account_check import AccountCheck
from bot.attempts import attempting
from bot.chat_invitations import audit_subject, find_search_order, invitation_key
from bot.coalesced_refreshes import begin_refresh_of_invitation
from bot.errors import BotError, NotAllowed, OutcomeUnknown, Rejected, Unavailable
from bot.i18n import Text, _, nearest
from bot.installation import Installation
from bot.jobs import AddNote, InviteInChat, RefreshInvitation
from bot.model.audit import Action, AuditEntry
from bot.model.chat_invitation import ChatInvitation, channel_of
from bot.model.ids import Email, NoticeId, email
from bot.model.notice import Notice, NoticeState
from bot.model.session import Session
from bot.model.switches import Switches
from bot.model.technician import Platform, Profile
from bot.ports import Chat, Clock, Posted, StepOutcome, Steps
from bot.unit_of_work import Transaction, UnitOfWork
from bot.values import replace, value_class
from bot.views.chat_invitation import (
    Invitation,
    make_invitation,
    not_invited_any_more_text,
    over_text,
    replaced_text,
)
from bot.views.pages import Message
from bot.views.parts import Reader
from bot.workflows.chat_retries import TRIES_TO_ANSWER, TRIES_TO_SHOW, ChatRetries
from bot.workflows.notice_notes import store_result
from bot.workflows.notices import result_view
from bot.workflows.replies import enqueue_reply
from bot.workflows.show_until_current import show_until_current


@value_class
class _Invited:
    """A notice that goes to a chat, with its session, and with its invitation once the requester is found."""

    notice: Notice
    session: Session
    invitation: ChatInvitation | None
    is_newest: bool
    switches: Switches

    @property
    def address(self) -> Email | None:
        """The requester's e-mail address, if the request shows one."""
        requester = self.session.requester
        return email(requester.email) if requester is not None and requester.email else None


class RequesterInviter:
    """Finds requesters in the chats, and sends and updates their invitations."""

    def __init__(
        self,
        unit_of_work: UnitOfWork,
        chats: Mapping[Platform, Chat],
        accounts: AccountCheck,
        installation: Installation,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._chats = chats
        self._accounts = accounts
        self._installation = installation
        self._clock = clock

    async def invite(self, job: InviteInChat) -> None:
        """Find the requester on one platform and send the invitation, or enqueue the search on the next platform.

        Raises NotAllowed, Rejected; Unavailable, where a next try may do it.
        """
        invited = await self._load(job.notice)
        if invited is None or invited.notice.state is not NoticeState.PENDING:
            return
        access.require_integration_on(invited.switches)
        if not invited.session.is_usable or invited.address is None:
            over = _("The session was over before it could be sent.")
            await self._finish(job, NoticeState.SKIPPED, over)
            return
        invitation = invited.invitation or await self._find(job, invited.session, invited.address)
        if invitation is None:
            await self._search_elsewhere(job)
            return
        await self._send(job, replace(invited, invitation=invitation), invitation, invited.address)

    async def _find(self, job: InviteInChat, session: Session, address: Email) -> ChatInvitation | None:
        """Find the requester's account, and store it. None where nobody there has the address. Raises Rejected, Unavailable.

        Where the session was created on this platform, only that tenant is searched.
        """
        async with self._unit_of_work.read() as tx:
            origin = await tx.commands.origin_of(session.id)
        is_here = origin is not None and origin.actor.platform is job.platform
        tenant = origin.actor.tenant if origin is not None and is_here else None
        profile = await self._find_profile(job.platform, address, tenant)
        if profile is None:
            return None
        invitation = ChatInvitation(
            job.notice, session.id, profile.actor, profile.locale, profile.timezone, secrets.token_hex(16)
        )
        async with self._unit_of_work.write() as tx:
            await tx.sessions.lock(session.id)
            notice = await tx.notices.get(job.notice)
            if notice is None or notice.state is not NoticeState.PENDING:
                return None
            found = replace(notice, channel=channel_of(job.platform), problem=None)
            await tx.notices.save(found, known_state=NoticeState.PENDING)
            await tx.chat_invitations.add(invitation)
            return await tx.chat_invitations.get(job.notice)

    async def _find_profile(self, platform: Platform, address: Email, tenant: str | None) -> Profile | None:
        """Return the profile of the one full member who has an address now. Raises Rejected where several have it."""
        found: dict[str, Profile] = {}
        for actor in await self._chats[platform].find_accounts(address, tenant):
            try:
                profile = await self._accounts.require_requester(actor, address)
            except NotAllowed:
                continue
            if actor.tenant in found:
                raise Rejected(_("Several accounts there have the address {email}.", email=address))
            found[actor.tenant] = replace(profile, actor=actor)
        return next(iter(found.values()), None)

    async def _search_elsewhere(self, job: InviteInChat, problem: Text | None = None) -> None:
        """Enqueue the search on the next platform. After the last one, store that the requester was not invited."""
        async with self._unit_of_work.write() as tx:
            notice = await tx.notices.get(job.notice)
            if notice is None or notice.state is not NoticeState.PENDING:
                return
            if problem is not None:
                await tx.notices.save(replace(notice, problem=problem), known_state=NoticeState.PENDING)
            platforms = await find_search_order(notice.session_id, self._installation, tx)
            # What is set up may have changed meanwhile.
            left = platforms[platforms.index(job.platform) + 1 :] if job.platform in platforms else []
            if left:
                following = InviteInChat(left[0], job.notice, job.command)
                await tx.enqueue(following, key=invitation_key(following))
                return
        known = problem or notice.problem
        state = NoticeState.FAILED if known else NoticeState.SKIPPED
        await self._finish(job, state, known or _("No account with the requester’s address was found there."))

    async def _send(
        self, job: InviteInChat, invited: _Invited, invitation: ChatInvitation, address: Email
    ) -> None:
        """Send the message of an invitation, unless an earlier try did. Raises NotAllowed, Rejected, Unavailable."""
        view = self._invitation_view(invited, invitation, address)

        async def mark() -> bool:
            async with self._unit_of_work.write() as tx:
                return await tx.chat_invitations.mark_attempted(job.notice, self._clock())

        async with attempting(mark, lambda: self._unmark(job.notice)) as was_marked:
            posted = await self._find_message(job, invitation) if was_marked else None
            is_new = posted is None
            if posted is None:
                posted = await self._post(job, invitation, view)
        shown = _digest(view) if is_new else ""
        await self._finish(job, NoticeState.SENT, None, posted=posted, shown=shown)

    async def _find_message(self, job: InviteInChat, invitation: ChatInvitation) -> Posted | None:
        """Look for the message of an earlier try. Raises Unavailable; Rejected, where the chat does not show its messages.

        Then nobody knows whether it was sent, so it is not sent again.
        """
        async with self._unit_of_work.read() as tx:
            stored = await tx.chat_invitations.get(job.notice)
        since = stored.attempted_at if stored is not None and stored.attempted_at else self._clock()
        chat = self._chats[job.platform]
        return await chat.find_private_post(invitation.actor, invitation.marker, since)

    async def _post(self, job: InviteInChat, invitation: ChatInvitation, view: Invitation) -> Posted:
        chat, reader = self._chats[job.platform], _reader(invitation)
        try:
            return await chat.post_private(invitation.actor, view, reader, marker=invitation.marker)
        except OutcomeUnknown as error:
            # The next try looks for the message first, so it is none of those that may send it once more.
            raise Unavailable(error.text, retry_after=error.retry_after) from error
        except BotError:
            await self._unmark(job.notice)
            raise

    async def _unmark(self, notice: NoticeId) -> None:
        async with self._unit_of_work.write() as tx:
            await tx.chat_invitations.unmark_attempted(notice)

    async def store_failure(self, job: InviteInChat, outcome: StepOutcome) -> None:
        """Store that the invitation failed, or that its outcome is unknown. A failed search goes on elsewhere."""
        async with self._unit_of_work.read() as tx:
            invitation = await tx.chat_invitations.get(job.notice)
        if invitation is None:
            await self._search_elsewhere(job, outcome.problem)
            return
        state = NoticeState.UNSURE if invitation.attempted_at is not None else NoticeState.FAILED
        await self._finish(job, state, outcome.problem)

    async def _finish(
        self,
        job: InviteInChat,
        state: NoticeState,
        problem: Text | None,
        *,
        posted: Posted | None = None,
        shown: str = "",
    ) -> None:
        """Store the result of a pending notice and the place of its message, and answer who asked for it."""
        async with self._unit_of_work.write() as tx:
            notice = await tx.notices.get(job.notice)
            session = await tx.sessions.lock(notice.session_id) if notice else None
            # Read again under the lock: the requester may have answered meanwhile.
            notice = await tx.notices.get(job.notice)
            if notice is None or session is None or notice.state is not NoticeState.PENDING:
                return
            if posted is not None:
                await _store_place(job.notice, posted, shown, tx)
            finished = replace(notice, state=state, problem=problem, attempted_at=self._clock())
            if state in {NoticeState.SENT, NoticeState.UNSURE}:
                subject = audit_subject(session, job.platform)
                entry = AuditEntry(self._clock(), session.technician, Action.REQUESTER_INVITED, subject)
                await tx.audit.append(entry)
            # It also enqueues the refresh of the invitations: this one if the session changed, and earlier ones.
            await store_result(finished, tx)
            if job.command is not None:
                await enqueue_reply(job.command, result_view(finished, session), tx, reason=finished.id)
                await tx.enqueue(AddNote(session.id, finished.id), key=f"note:{finished.id}")

    async def refresh(self, job: RefreshInvitation) -> None:
        """Bring the message of an invitation up to date. Raises Unavailable, Rejected."""
        async with self._unit_of_work.write() as tx:
            await begin_refresh_of_invitation(job.notice, tx)
        await show_until_current(lambda: self._load(job.notice), self._show)

    async def _show(self, invited: _Invited | None) -> None:
        if invited is None or invited.invitation is None or not invited.invitation.message:
            return
        invitation = invited.invitation
        view = self._current_view(invited, invitation)
        digest = _digest(view)
        if digest == invitation.shown:
            return
        posted = Posted(invitation.channel, invitation.message)
        chat, tenant, reader = (
            self._chats[invitation.actor.platform],
            invitation.actor.tenant,
            _reader(invitation),
        )
        try:
            exists = await chat.update_message(tenant, posted, view, reader)
        except NotAllowed:
            instead = Message(not_invited_any_more_text())
            exists = await chat.update_message(tenant, posted, instead, reader)
        async with self._unit_of_work.write() as tx:
            place = posted if exists else Posted("", "")
            await _store_place(invitation.notice, place, digest, tx)

    def _current_view(self, invited: _Invited, invitation: ChatInvitation) -> Invitation | Message:
        address = invited.address
        if not invited.session.is_usable or address is None:
            return Message(over_text(invited.session))
        if not invited.is_newest:
            return Message(replaced_text(invited.session))
        return self._invitation_view(invited, invitation, address)

    def _invitation_view(self, invited: _Invited, invitation: ChatInvitation, address: Email) -> Invitation:
        join_page = self._installation.join_page(invited.session.join_token)
        return make_invitation(
            invited.session, invited.notice, invited=invitation.actor, address=address, join_page=join_page
        )

    async def _load(self, notice_id: NoticeId) -> _Invited | None:
        async with self._unit_of_work.read() as tx:
            notice = await tx.notices.get(notice_id)
            session = await tx.sessions.get(notice.session_id) if notice else None
            if notice is None or session is None:
                return None
            sent = [
                one
                for one in await tx.notices.of_session(session.id)
                if one.channel.is_chat and one.state is NoticeState.SENT
            ]
            is_newest = not sent or notice.created_at >= sent[-1].created_at
            invitation = await tx.chat_invitations.get(notice_id)
            return _Invited(notice, session, invitation, is_newest, await tx.switches.read())


async def _store_place(notice: NoticeId, posted: Posted, shown: str, tx: Transaction) -> None:
    invitation = await tx.chat_invitations.get(notice)
    if invitation is not None:
        await tx.chat_invitations.store_place(
            replace(invitation, channel=posted.channel, message=posted.message, shown=shown)
        )


def _reader(invitation: ChatInvitation) -> Reader:
    return Reader(nearest(invitation.locale), invitation.timezone)


def _digest(view: Invitation | Message) -> str:
    """Return a digest of what a message shows. A link is shown by none of its parts: it stays the same."""
    return hashlib.sha256(repr(view).encode()).hexdigest()


async def invite_in_chat(
    job: InviteInChat, steps: Steps, *, inviter: RequesterInviter, retries: ChatRetries
) -> None:
    """Invite a requester on one platform. Where that fails for good, the session's card says so."""
    outcome = await retries.call_or_retry(
        "invite the requester",
        lambda: inviter.invite(job),
        job,
        steps,
        tries=TRIES_TO_ANSWER,
        is_repeatable=True,
    )
    if outcome.problem is not None:
        await steps.run_step("mark the invitation", lambda: inviter.store_failure(job, outcome))


async def refresh_invitation(
    job: RefreshInvitation, steps: Steps, *, inviter: RequesterInviter, retries: ChatRetries
) -> None:
    """Bring the message of an invitation up to date."""
    await retries.call_or_retry(
        "refresh the invitation",
        lambda: inviter.refresh(job),
        job,
        steps,
        tries=TRIES_TO_SHOW,
        is_repeatable=True,
    )
