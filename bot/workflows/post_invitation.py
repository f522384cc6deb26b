"""Bring an invitation to who is invited: its card in their private chat, pings, and the note on the request."""

from collections.abc import Mapping

from bot import access
from bot.coalesced_refreshes import enqueue_refresh_of_card
from bot.email_templates import invitation_note
from bot.errors import NotFound
from bot.i18n import _
from bot.installation import Installation
from bot.jobs import AddInvitationNote, PingInvited, PostInvitation
from bot.model.card import Audience, Card
from bot.model.invitation import Invitation, find_open
from bot.model.shown_session import ShownSession
from bot.model.switches import Location
from bot.model.technician import Platform
from bot.outage import outlast_outage
from bot.ports import Chat, ReturnAddress, ServiceDesk, Steps
from bot.unit_of_work import UnitOfWork
from bot.values import replace
from bot.views.invitation import invitation_in_words, invited_arrival_view, make_invited_card
from bot.views.parts import Reader
from bot.views.plain import in_plain_text
from bot.views.session import SessionCard
from bot.words_to_type import words_about
from bot.workflows.chat_retries import TRIES_TO_ANSWER, TRIES_TO_SHOW, ChatRetries
from bot.workflows.post_once import NewPost, OncePoster
from bot.workflows.replies import Replies, problem_view
from bot.workflows.session_changes import SessionChanges

TRIES_BEFORE_OTHER_CHAT = 7
"""How often an account is tried before another one of the same technician gets the invitation: for about a minute."""


class InvitationPoster:
    """Posts the cards of invitations and tells invited technicians that the requester is there."""

    def __init__(
        self,
        *,
        unit_of_work: UnitOfWork,
        chats: Mapping[Platform, Chat],
        sessions: SessionChanges,
        poster: OncePoster,
        servicedesk: ServiceDesk,
        installation: Installation,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._chats = chats
        self._sessions = sessions
        self._poster = poster
        self._servicedesk = servicedesk
        self._installation = installation

    async def post(self, job: PostInvitation) -> None:
        """Post the card of an invitation, once, unless it is over. Raises Unavailable, Rejected, NotAllowed."""
        shown = await self._sessions.load_shown(job.session)
        invitation = _current(shown, job)
        async with self._unit_of_work.read() as tx:
            stored = await tx.cards.of_command(job.session, job.command)
            profile = await tx.people.profile(job.actor)
        if shown is None or invitation is None or stored:
            return
        reader = Reader.of(profile[0] if profile else None, self._installation.language)
        if shown.switches.hides(Location.MESSAGE):
            view = invitation_in_words(shown.session, invitation)
            await self._chats[job.platform].post_private(job.actor, view, reader)
            return
        card = self._card(shown, invitation)
        to = ReturnAddress(job.actor, "", is_private=True, url=None)
        new = await self._poster.post(job, to, card, reader, is_private=True)
        if new is not None:
            await self._store(job, new, reader, shown)

    def _card(self, shown: ShownSession, invitation: Invitation) -> SessionCard:
        page = self._installation.enter_page(invitation.token)
        return make_invited_card(shown.session, invitation, page, is_on=shown.switches.integration)

    async def _store(self, job: PostInvitation, new: NewPost, reader: Reader, shown: ShownSession) -> None:
        place = Card(
            job.session,
            job.platform,
            job.actor.tenant,
            new.posted.channel,
            new.posted.message,
            Audience.INVITED,
            reader.language,
            reader.timezone,
            job.technician,
        )

        async def store() -> None:
            async with self._unit_of_work.write() as tx:
                # A change that does not know the card yet is stored before it, and seen below.
                await tx.sessions.lock(job.session)
                await tx.cards.add(place, job.command)
                await tx.cards.delete_attempt(new.attempt)

        await outlast_outage(store, name="store a posted invitation")
        now = await self._sessions.load_shown(job.session)
        if new.is_found or now is None or now.state != shown.state:
            async with self._unit_of_work.write() as tx:
                await enqueue_refresh_of_card(place, tx)

    async def try_next_account(self, job: PostInvitation, replies: Replies) -> None:
        """Enqueue the post to the next account, or tell who invited that no chat took it."""
        if job.others:
            first, *others = job.others
            again = replace(job, platform=first.platform, actor=first, others=tuple(others), tries=0)
            async with self._unit_of_work.write() as tx:
                await tx.enqueue(again, key=f"{job.command}:{len(others)}")
            return
        shown = await self._sessions.load_shown(job.session)
        invitation = _current(shown, job)
        if shown is not None and invitation is not None:
            text = _(
                "{name} is invited, but no chat took the message. Tell them to type {words}.",
                name=invitation.name,
                words=words_about("enter", shown.session.number),
            )
            await replies.enqueue_answer(invitation.command, problem_view(text), reason="unreachable")

    async def ping(self, job: PingInvited) -> None:
        """Notify an invited technician on one platform that the requester is there. Raises Unavailable, Rejected.

        Does nothing if they are not invited any more, have entered since, or want no notifications.
        """
        async with self._unit_of_work.read() as tx:
            session = await tx.sessions.get(job.session)
            switches = await tx.switches.read()
            invitations = await tx.invitations.of_session(job.session)
            wants_pings = await tx.people.wants_pings(job.technician)
            profiles = await tx.people.profiles_of(job.technician)
        invitation = find_open(invitations, job.technician)
        if session is None or invitation is None or not wants_pings or not switches.integration:
            return
        arrived_at = session.arrived_at
        if not session.is_usable or arrived_at is None or session.arrival_began_at != job.arrival:
            return
        if invitation.entered_at is not None and invitation.entered_at >= arrived_at:
            return
        accounts = [one for one in profiles if one.actor.platform is job.platform and one.is_full_member]
        if job.platform not in self._chats or not accounts:
            return
        view = invited_arrival_view(session, self._installation.enter_page(invitation.token))
        shown = in_plain_text(view) if switches.hides(Location.MESSAGE) else view
        account = accounts[0]
        reader = Reader.of(account, self._installation.language)
        await self._chats[job.platform].post_private(account.actor, shown, reader)

    async def add_note(self, job: AddInvitationNote) -> None:
        """Add the note to the request that says who was invited, once. Raises NotAllowed, Rejected, Unavailable."""
        async with self._unit_of_work.read() as tx:
            access.require_integration_on(await tx.switches.read())
            session = await tx.sessions.get(job.session)
        if session is None:
            raise NotFound(_("The bot no longer knows this session."))
        if session.request_id is None:
            return
        if await self._servicedesk.find_note(session.request_id, job.reference) is None:
            text = invitation_note(session, job.name, job.by_name, job.reference, self._installation.language)
            await self._servicedesk.add_note(session.request_id, text)


def _current(shown: ShownSession | None, job: PostInvitation) -> Invitation | None:
    """Return the invitation that a job posts, while it is open and its session can be entered."""
    if shown is None or not shown.session.is_usable:
        return None
    invitation = find_open(shown.invitations, job.technician)
    return invitation if invitation is not None and invitation.post_key == job.command else None


async def post_invitation(
    job: PostInvitation,
    steps: Steps,
    *,
    invitations: InvitationPoster,
    replies: Replies,
    retries: ChatRetries,
) -> None:
    """Post the card of an invitation. Where an account refuses it, the next one gets it."""
    # Somebody who uses both chats does not wait for the one that is away.
    tries = TRIES_BEFORE_OTHER_CHAT if job.others else TRIES_TO_SHOW
    posted = await retries.call_or_retry(
        "post the invitation", lambda: invitations.post(job), job, steps, tries=tries
    )
    if posted.problem is not None:
        await steps.run_step(
            "try the next account", lambda: invitations.try_next_account(job, replies), is_repeatable=True
        )


async def ping_invited(
    job: PingInvited, steps: Steps, *, invitations: InvitationPoster, retries: ChatRetries
) -> None:
    """Notify an invited technician on one platform that the requester is there."""
    await retries.call_or_retry(
        "ping the invited technician", lambda: invitations.ping(job), job, steps, tries=TRIES_TO_ANSWER
    )


async def add_invitation_note(job: AddInvitationNote, steps: Steps, *, invitations: InvitationPoster) -> None:
    """Add the note about an invitation to the request."""
    await steps.run_step("add the note to the request", lambda: invitations.add_note(job), is_repeatable=True)
