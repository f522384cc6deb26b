"""Notify the creator of a session in each chat they use: the requester is there, or left without having been helped."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bot.commands import Place
from bot.errors import NotAllowed, Unavailable
from bot.i18n import _
from bot.identification import identify_technician
from bot.installation import Installation
from bot.jobs import CheckDeparture, PingArrival, PingDecline, PingDeparture
from bot.model.card import Audience, Card
from bot.model.mention import Mention
from bot.model.session import Session
from bot.model.switches import Location
from bot.model.technician import KnownUser, Platform
from bot.ports import Chat, ReturnAddress, Steps
from bot.unit_of_work import Transaction, UnitOfWork
from bot.values import value_class
from bot.views.pages import Message
from bot.views.parts import Reader
from bot.views.pings import arrival_view, decline_view, departure_view
from bot.views.plain import in_plain_text
from bot.workflows.arrivals import DEPARTURE_AFTER_SECONDS
from bot.workflows.chat_retries import TRIES_TO_ANSWER, ChatRetries
from bot.workflows.connection_reports import ReportReader

MakeView = Callable[[Session, Mention | None], Message]


@value_class
class _Target:
    """Where a ping goes on one platform: below the session's card in a channel if there is one, else to the account.

    ``is_plain``: the widget is switched off, so the ping is plain text.
    """

    session: Session
    user: KnownUser
    card: Card | None
    is_plain: bool


class Pinger:
    """Sends pings. Everything is read again before each, because a ping may come late."""

    def __init__(
        self, unit_of_work: UnitOfWork, chats: Mapping[Platform, Chat], installation: Installation
    ) -> None:
        self._unit_of_work = unit_of_work
        self._chats = chats
        self._installation = installation

    async def send_arrival(self, job: PingArrival) -> None:
        """Notify the creator on one platform that the requester is there. Raises Unavailable, Rejected.

        Does nothing if they have left, the session is over, or the creator has entered meanwhile. If they are only away
        for a moment, a return makes no ping of its own. So this one raises Unavailable, and is tried again later.
        """
        async with self._unit_of_work.read() as tx:
            session = await tx.sessions.get(job.session)
            if (
                session is None
                or not session.state.is_live
                or session.is_ending
                or session.arrival_began_at != job.arrival
            ):
                return
            if session.arrived_at is None:
                raise Unavailable(
                    _("The requester is away for a moment."), retry_after=DEPARTURE_AFTER_SECONDS
                )
            target = None if session.is_entered else await self._find_target(session, job.platform, tx)
        await self._send(target, arrival_view)

    async def send_departure(self, job: PingDeparture) -> None:
        """Notify the creator on one platform that the requester left. Raises Unavailable, Rejected.

        Does nothing if they are back, the session is over, or something shows that they were helped.
        """
        async with self._unit_of_work.read() as tx:
            session = await tx.sessions.get(job.session)
            is_current = session is not None and _is_unhelped_departure(job.left_at, session)
            target = await self._find_target(session, job.platform, tx) if session and is_current else None
        await self._send(target, departure_view)

    async def send_decline(self, job: PingDecline) -> None:
        """Notify the creator on one platform that the requester answered “Not now”. Raises Unavailable, Rejected."""
        async with self._unit_of_work.read() as tx:
            notice = await tx.notices.get(job.notice)
            session = await tx.sessions.get(notice.session_id) if notice else None
            is_current = session is not None and session.state.is_live and not session.is_ending
            target = await self._find_target(session, job.platform, tx) if session and is_current else None
        await self._send(target, decline_view)

    async def is_current(self, job: CheckDeparture) -> bool:
        """Whether the requester has been away since this departure, as far as is known without having been helped."""
        async with self._unit_of_work.read() as tx:
            session = await tx.sessions.get(job.session)
        return session is not None and _is_unhelped_departure(job.left_at, session)

    async def enqueue_departure(self, job: CheckDeparture) -> None:
        """Enqueue the pings of a departure, one for each platform, unless the requester was helped or is back."""
        if not await self.is_current(job):
            return
        async with self._unit_of_work.write() as tx:
            for platform in Platform:
                key = f"departure:{job.session}:{job.left_at.isoformat()}:{platform}"
                await tx.enqueue(PingDeparture(platform, job.session, job.left_at), key=key)

    async def _send(self, target: _Target | None, make_view: MakeView) -> None:
        if target is None:
            return
        account = target.user.profile.actor
        chat = self._chats[account.platform]
        # The card in a channel is in the organization's language. A ping is for one person, whom it mentions.
        reader = Reader.of(target.user.profile, self._installation.language)
        # In a channel that another organization shares, nobody else may read the requester's name.
        if target.card is not None and not await chat.is_shared_outside(
            target.card.tenant, target.card.channel
        ):
            mention = Mention(account.user, target.user.profile.name)
            if await chat.reply(target.card, make_view(target.session, mention), reader):
                return
        view = make_view(target.session, None)
        await chat.post_private(account, in_plain_text(view) if target.is_plain else view, reader)

    async def _find_target(self, session: Session, platform: Platform, tx: Transaction) -> _Target | None:
        """Return where a ping goes on a platform. None if the creator is not there, or does not want it."""
        switches = await tx.switches.read()
        users = await self._read_creator_accounts(session, platform, tx)
        wants_pings = await tx.people.wants_pings(session.technician)
        if platform not in self._chats or not switches.integration or not users or not wants_pings:
            return None
        origin = await _read_origin(session, platform, tx)
        user = _choose_account(users, origin)
        # With the widget off, cards in channels are switched off too.
        is_plain = switches.hides(Location.MESSAGE)
        card = None if is_plain else _card_in_channel(await tx.cards.of_session(session.id), origin)
        if card is not None and card.tenant != user.profile.actor.tenant:
            card = None
        return _Target(session, user, card, is_plain=is_plain)

    async def _read_creator_accounts(
        self, session: Session, platform: Platform, tx: Transaction
    ) -> list[KnownUser]:
        """Return the creator's accounts on a platform, as far as they still are a technician's."""
        found = []
        for profile in await tx.people.profiles_of(session.technician):
            user = await tx.people.known_user(profile.actor) if profile.actor.platform is platform else None
            if user is not None and self._is_technician(user):
                found.append(user)
        return found

    def _is_technician(self, user: KnownUser) -> bool:
        try:
            identify_technician(user, self._installation.admins)
        except NotAllowed:
            return False
        return True


def _is_unhelped_departure(left_at: datetime, session: Session) -> bool:
    is_away = session.arrived_at is None and session.left_at == left_at
    is_running = session.state.is_live and not session.is_ending
    return is_running and is_away and not session.was_helped


async def _read_origin(session: Session, platform: Platform, tx: Transaction) -> ReturnAddress | None:
    """Return where the session was created, if that was on this platform."""
    key = await tx.sessions.command_key(session.id)
    origin = await tx.commands.return_address(key) if key else None
    return origin if origin is not None and origin.actor.platform is platform else None


def _card_in_channel(cards: Sequence[Card], origin: ReturnAddress | None) -> Card | None:
    """Return the newest card in the channel in which the session was created."""
    if origin is None:
        return None
    place = (origin.actor.platform, origin.actor.tenant, Place(origin.channel).room)
    shared = [one for one in cards if one.audience is Audience.SHARED]
    return next(
        (one for one in reversed(shared) if (one.platform, one.tenant, Place(one.channel).room) == place),
        None,
    )


def _choose_account(users: Sequence[KnownUser], origin: ReturnAddress | None) -> KnownUser:
    """Return the account that created the session, else one in the same tenant, else the one that was seen last."""

    def rank(user: KnownUser) -> tuple[bool, bool, datetime]:
        actor = user.profile.actor
        is_origin = origin is not None and actor == origin.actor
        is_in_tenant = origin is not None and actor.tenant == origin.actor.tenant
        return is_origin, is_in_tenant, user.profile_read_at

    return max(users, key=rank)


async def ping_arrival(job: PingArrival, steps: Steps, *, pinger: Pinger, retries: ChatRetries) -> None:
    """Notify the creator on one platform that the requester is there."""
    await retries.call_or_retry(
        "ping the creator", lambda: pinger.send_arrival(job), job, steps, tries=TRIES_TO_ANSWER
    )


async def check_departure(
    job: CheckDeparture, steps: Steps, *, pinger: Pinger, reports: ReportReader
) -> None:
    """Enqueue the pings that the requester left without having been helped, unless reports say otherwise."""

    async def read_reports() -> None:
        # TeamViewer may report a connection only after its end.
        if await pinger.is_current(job):
            await reports.read_reports(job.session)

    await steps.run_step("read the connection reports", read_reports)
    await steps.run_step("enqueue the pings", lambda: pinger.enqueue_departure(job))


async def ping_departure(job: PingDeparture, steps: Steps, *, pinger: Pinger, retries: ChatRetries) -> None:
    """Notify the creator on one platform that the requester left without having been helped."""
    await retries.call_or_retry(
        "ping the creator", lambda: pinger.send_departure(job), job, steps, tries=TRIES_TO_ANSWER
    )


async def ping_decline(job: PingDecline, steps: Steps, *, pinger: Pinger, retries: ChatRetries) -> None:
    """Notify the creator on one platform that the requester answered “Not now”."""
    await retries.call_or_retry(
        "ping the creator", lambda: pinger.send_decline(job), job, steps, tries=TRIES_TO_ANSWER
    )
