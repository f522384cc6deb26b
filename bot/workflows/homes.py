"""Show people their home, and keep it up to date."""

from collections.abc import Mapping
from dataclasses import replace

from bot.coalesced_refreshes import begin_refresh_of_home
from bot.commands import OpenForm
from bot.errors import BotError, Unavailable
from bot.freshness import DIRECTORY_FRESH
from bot.i18n import Text, _
from bot.identification import identify_technician
from bot.installation import Installation
from bot.jobs import RefreshHome, ShowHome
from bot.model.card import Audience
from bot.model.switches import Location, Switches
from bot.model.technician import Actor, KnownUser, Platform, Technician
from bot.ports import Chat, Steps
from bot.unit_of_work import Transaction, UnitOfWork
from bot.use_cases.queries import show_status
from bot.views.admin import AdminPage, sort_channels
from bot.views.home import HomePage
from bot.views.limitations import limitation_line
from bot.views.parts import Button, Reader, Style
from bot.views.session import make_session_card, make_session_row
from bot.workflows.chat_retries import TRIES_TO_ANSWER, TRIES_TO_SHOW, ChatRetries
from bot.workflows.show_until_current import show_until_current
from bot.workflows.user_lookup import UserLookup

RECENT = 5
"""How many past sessions a home shows."""
TRIES_TO_IDENTIFY = 8
"""How often it is tried to find out who somebody is, before their home says that it is not known: two minutes."""


class HomePublisher:
    """Publishes homes: a tab in Slack, a message in Teams."""

    def __init__(
        self,
        unit_of_work: UnitOfWork,
        chats: Mapping[Platform, Chat],
        installation: Installation,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._chats = chats
        self._installation = installation

    async def publish_home(
        self, actor: Actor, *, problem: Text | None = None, as_new_message: bool = False
    ) -> None:
        """Show somebody their home as it is now. ``problem`` is shown to somebody who is not known.

        Raises Unavailable, Rejected.
        """
        is_new = as_new_message

        async def load() -> tuple[HomePage, Reader]:
            return await self._load_home(actor, problem)

        async def publish(home: tuple[HomePage, Reader]) -> None:
            nonlocal is_new
            page, reader = home
            await self._chats[actor.platform].publish_home(actor, page, reader, as_new_message=is_new)
            is_new = False  # a change meanwhile belongs into the message that was just posted

        await show_until_current(load, publish)

    async def _load_home(self, actor: Actor, problem: Text | None) -> tuple[HomePage, Reader]:
        async with self._unit_of_work.read() as tx:
            known_user = await tx.people.known_user(actor)
            home = await self._home_of_user(known_user, problem, tx)
        profile = known_user.profile if known_user else None
        return home, Reader.of(profile, self._installation.language)

    async def _home_of_user(
        self, known_user: KnownUser | None, problem: Text | None, tx: Transaction
    ) -> HomePage:
        if known_user is None:
            return HomePage(problem or _("It is not clear who you are. Try again in a moment."))
        try:
            technician = identify_technician(known_user, self._installation.admins)
        except BotError as error:
            return HomePage(error.text)
        switches = await tx.switches.read()
        if switches.hides(Location.HOME):
            home = HomePage(_("The overview is switched off here. Every command still works."))
        else:
            home = await _home_of_technician(technician, switches, tx)
        if not technician.is_admin:
            return home
        problems = tuple(limitation_line(one) for one in await tx.limitations.all())
        return self._with_administration(home, AdminPage(switches, problems=problems))

    def _with_administration(self, home: HomePage, administration: AdminPage) -> HomePage:
        """Add the administration for an SDAdmin. With admin channels set, a home is no place for it: name the channels."""
        channels = self._installation.admin_channels
        if not channels:
            return replace(home, administration=administration)
        text = _("Administration is done in its own channels: {channels}.", channels=sort_channels(channels))
        return replace(home, administered_in=text)


async def _home_of_technician(technician: Technician, switches: Switches, tx: Transaction) -> HomePage:
    status = await show_status(technician, switches, tx)
    is_on = switches.integration
    open_sessions = await tx.sessions.open_of_technician(technician.email, limit=RECENT)
    over = await tx.sessions.summaries_of_over(technician.email, limit=RECENT)
    shown = sum(session.is_usable for session in open_sessions)
    can_create = is_on and status.connection is not None
    return HomePage(
        status=status,
        cards=[
            make_session_card(session, await tx.notices.of_session(session.id), Audience.CREATOR, is_on=is_on)
            for session in open_sessions
        ],
        recent=[make_session_row(session) for session in over],
        more=max(0, status.open_sessions - shown),
        buttons=[Button(_("New session"), OpenForm(), Style.PRIMARY)] if can_create else [],
    )


async def show_home(
    job: ShowHome,
    steps: Steps,
    *,
    homes: HomePublisher,
    users: UserLookup,
    unit_of_work: UnitOfWork,
    retries: ChatRetries,
) -> None:
    """Find out who somebody is, and show them their home."""

    async def identify() -> Text | None:
        """Return why it is not known who they are, or None. Raises Unavailable where it may be known soon."""
        try:
            await users.read_old_profile(job.actor)
            async with unit_of_work.write() as tx:
                await tx.homes.add(job.actor)
            await users.refresh_technicians(older_than=DIRECTORY_FRESH)
        except Unavailable as error:
            if job.tries + 1 < TRIES_TO_IDENTIFY:
                raise
            return error.text
        except BotError as error:
            return error.text
        return None

    async def show() -> None:
        problem = await identify()
        await homes.publish_home(job.actor, problem=problem, as_new_message=job.as_new_message)

    await retries.call_or_retry("show the home", show, job, steps, tries=TRIES_TO_ANSWER)


async def refresh_home(
    job: RefreshHome, steps: Steps, *, homes: HomePublisher, unit_of_work: UnitOfWork, retries: ChatRetries
) -> None:
    """Refresh one home."""

    async def refresh() -> None:
        async with unit_of_work.write() as tx:
            await begin_refresh_of_home(job.actor, tx)
        await homes.publish_home(job.actor)

    await retries.call_or_retry("refresh the home", refresh, job, steps, tries=TRIES_TO_SHOW)
