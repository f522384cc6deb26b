"""Show people their home, and keep it up to date."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from time import monotonic

from bot.coalesced_refreshes import begin_refresh_of_home, enqueue_refresh_of_home
from bot.commands import OpenForm, OpenOutageForm
from bot.errors import BotError, Unavailable
from bot.freshness import DIRECTORY_FRESH
from bot.i18n import Text, _
from bot.identification import identify_technician
from bot.installation import Installation
from bot.jobs import RefreshHome, ShowHome
from bot.model.card import Audience
from bot.model.sender import Sender
from bot.model.switches import Location, Switches
from bot.model.technician import Actor, KnownUser, Platform, Technician
from bot.ports import Chat, Steps
from bot.unit_of_work import Transaction, UnitOfWork
from bot.unit_of_work.together import together
from bot.use_cases.queries import show_status
from bot.values import replace
from bot.views.admin import AdminPage, sort_channels
from bot.views.assigned import (
    make_request_rows,
    requests_follow,
    requests_left_out,
    sessions_by_request,
    unread_requests,
)
from bot.views.first_steps import make_first_steps
from bot.views.home import HomePage, RequestRows
from bot.views.invitation import make_invited_card
from bot.views.limitations import limitation_line
from bot.views.parts import Button, Reader, Style
from bot.views.plan import plan_entry
from bot.views.session import make_session_card, make_session_row
from bot.workflows.assigned_requests import AssignedRequestLists
from bot.workflows.chat_retries import TRIES_TO_ANSWER, TRIES_TO_SHOW, ChatRetries
from bot.workflows.user_lookup import UserLookup

REQUESTS_FRESH = timedelta(seconds=30)
"""How old a list of assigned requests may be when somebody opens their home."""
REQUESTS_OLD = timedelta(minutes=15)
"""From which age on the home says when the requests were read."""
REFRESHES_APART = 10
"""How long two refreshes of a home are apart, as a multiple of the time for which one waits for further changes."""
_MOST_REMEMBERED = 1000
"""Homes of which is known when they were refreshed, before those that may be refreshed again are forgotten."""
_MOST_SESSIONS = 100
"""Open sessions of one technician that are compared with their requests."""
RECENT = 5
"""How many past sessions a home shows."""
TRIES_TO_IDENTIFY = 8
"""How often it is tried to find out who somebody is, before their home says that it is not known: two minutes."""


class HomePublisher:
    """Publishes homes: a tab in Slack, a message in Teams.

    A refresh waits ``changes_together_seconds`` for further changes. The next one of the same home begins ten times as long after
    it at the earliest, so that somebody whose sessions change all the time costs no more than that.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWork,
        chats: Mapping[Platform, Chat],
        installation: Installation,
        lists: AssignedRequestLists,
        *,
        changes_together_seconds: float = 0.0,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._chats = chats
        self._installation = installation
        self._lists = lists
        self._changes_together_seconds = changes_together_seconds
        self._next_refreshes: dict[Actor, float] = {}
        """When the next refresh of a home may begin, by the clock of ``monotonic``. Those of the past are dropped in time."""

    async def refresh_home(self, actor: Actor) -> None:
        """Show somebody's home as it is after the changes that follow at once. Raises Unavailable, Rejected."""
        # Until then another change enqueues no refresh of its own.
        await asyncio.sleep(self._choose_pause(actor))
        async with self._unit_of_work.write() as tx:
            await begin_refresh_of_home(actor, tx)
        await self.publish_home(actor)

    def _choose_pause(self, actor: Actor) -> float:
        """Return how long a refresh waits, in seconds."""
        now, together = monotonic(), self._changes_together_seconds
        begins = max(now + together, self._next_refreshes.get(actor, now))
        if len(self._next_refreshes) >= _MOST_REMEMBERED:
            self._next_refreshes = {one: at for one, at in self._next_refreshes.items() if at > now}
        self._next_refreshes[actor] = begins + REFRESHES_APART * together
        return begins - now

    async def publish_home(
        self,
        actor: Actor,
        *,
        problem: Text | None = None,
        as_new_message: bool = False,
        unread: Text | None = None,
    ) -> None:
        """Show somebody their home as it is now. ``problem`` is shown to somebody who is not known.

        ``unread`` stands for requests that this process has not read. Raises Unavailable, Rejected.
        """
        unread = unread or requests_left_out()
        shown = home, reader = await self._load_home(actor, problem, unread)
        await self._chats[actor.platform].publish_home(actor, home, reader, as_new_message=as_new_message)
        # Two jobs may show a home at once, and the older state may arrive last. Not shown again at once: it may change all the time.
        if await self._load_home(actor, problem, unread) != shown:
            async with self._unit_of_work.write() as tx:
                await enqueue_refresh_of_home(actor, tx)

    async def needs_requests(self, actor: Actor, older_than: timedelta) -> bool:
        """Whether somebody's home shows assigned requests, and their list is to be read for it."""
        technician = await self._find_technician_with_requests(actor)
        return technician is not None and self._lists.is_due(technician.email, older_than)

    async def read_requests(self, actor: Actor, older_than: timedelta) -> None:
        """Read the list of assigned requests for somebody's home, if it is older than that. Raises nothing."""
        technician = await self._find_technician_with_requests(actor)
        if technician is not None and self._lists.is_due(technician.email, older_than):
            await self._lists.read(technician.email)

    async def _find_technician_with_requests(self, actor: Actor) -> Technician | None:
        async with self._unit_of_work.read() as tx:
            sender = await tx.people.sender(actor)
        if sender is None or not sender.switches.integration or sender.switches.hides(Location.HOME):
            return None
        try:
            return identify_technician(sender.known_user, self._installation.admins)
        except BotError:
            return None

    async def _load_home(self, actor: Actor, problem: Text | None, unread: Text) -> tuple[HomePage, Reader]:
        async with self._unit_of_work.read() as tx:
            sender = await tx.people.sender(actor)
            home = await self._home_of_sender(sender, problem, unread, tx)
        profile = sender.known_user.profile if sender else None
        return home, Reader.of(profile, self._installation.language)

    async def _home_of_sender(
        self, sender: Sender | None, problem: Text | None, unread: Text, tx: Transaction
    ) -> HomePage:
        if sender is None:
            return HomePage(problem or _("It is not clear who you are. Try again in a moment."))
        known_user, switches = sender.known_user, sender.switches
        try:
            technician = identify_technician(known_user, self._installation.admins)
        except BotError as error:
            return HomePage(error.text)
        if switches.hides(Location.HOME):
            home = HomePage(_("The overview is switched off here. Every command still works."))
        else:
            home = await _home_of_technician(technician, known_user, switches, tx, self._installation)
            if switches.integration:
                home = replace(home, requests=await self._requests_of(technician, home, unread, tx))
        if not technician.is_admin:
            return home
        problems = tuple(limitation_line(one) for one in await tx.limitations.all())
        return self._with_administration(home, AdminPage(switches, problems=problems))

    async def _requests_of(
        self, technician: Technician, home: HomePage, unread: Text, tx: Transaction
    ) -> RequestRows:
        known = self._lists.find(technician.email)
        if known is None or known.read_at is None:
            return unread_requests(known.problem if known else None, unread)
        sessions = await tx.sessions.listed_open(technician.email, limit=_MOST_SESSIONS)
        return make_request_rows(
            known.assigned,
            sessions_by_request(sessions),
            can_create=bool(home.buttons),
            as_of=known.read_at
            if self._lists.is_due(technician.email, REQUESTS_OLD) or known.problem
            else None,
            problem=known.problem,
        )

    def _with_administration(self, home: HomePage, administration: AdminPage) -> HomePage:
        """Add the administration for an SDAdmin. With admin channels set, a home is no place for it: name the channels."""
        channels = self._installation.admin_channels
        if not channels:
            return replace(home, administration=administration)
        text = _(
            "Administration commands work only in these channels: {channels}.",
            channels=sort_channels(channels),
        )
        return replace(home, administered_in=text)


async def _home_of_technician(
    technician: Technician,
    known_user: KnownUser,
    switches: Switches,
    tx: Transaction,
    installation: Installation,
) -> HomePage:
    email, is_on = technician.email, switches.integration
    status, done, planned = await together(
        tx,
        show_status(technician, switches, tx),
        tx.homes.first_steps_of(email, known_user.profile.actor),
        tx.plans.planned_by(email, limit=RECENT),
    )
    open_sessions, invited, over = await together(
        tx,
        tx.shown_sessions.newest_open(email, limit=RECENT),
        tx.invitations.open_of(email, limit=RECENT),
        tx.sessions.summaries_of_over(email, limit=RECENT),
    )
    shown = sum(one.session.is_usable for one in open_sessions)
    can_create = is_on and status.connection is not None
    return HomePage(
        status=status,
        cards=[
            *[
                make_session_card(
                    one.session, one.notices, Audience.CREATOR, is_on=is_on, invitations=one.invitations
                )
                for one in open_sessions
            ],
            *[
                make_invited_card(session, invitation, installation.enter_page(invitation.token), is_on=is_on)
                for session, invitation in invited
            ],
        ],
        recent=[make_session_row(session) for session in over],
        planned=[plan_entry(one) for one in planned],
        more=max(0, status.open_sessions - shown),
        buttons=[Button(_("New session"), OpenForm(), Style.PRIMARY), Button(_("Outage"), OpenOutageForm())]
        if can_create
        else [],
        first_steps=make_first_steps(
            is_connected=status.connection is not None,
            has_created=done.has_created,
            is_in_channel=done.is_in_channel,
        ),
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
        await homes.publish_home(
            job.actor, problem=problem, as_new_message=job.as_new_message, unread=requests_follow()
        )

    async def enqueue_refresh_with_requests() -> None:
        if not await homes.needs_requests(job.actor, REQUESTS_FRESH):
            return
        async with unit_of_work.write() as tx:
            refresh = RefreshHome(job.actor, requests_older_than=int(REQUESTS_FRESH.total_seconds()))
            await tx.enqueue(refresh, key=f"requests:{steps.job_key}")

    await retries.call_or_retry("show the home", show, job, steps, tries=TRIES_TO_ANSWER)
    # A job of its own, so that opening a home does not wait for ServiceDesk Plus.
    await steps.run_step("enqueue the requests", enqueue_refresh_with_requests, is_repeatable=True)


async def refresh_home(job: RefreshHome, steps: Steps, *, homes: HomePublisher, retries: ChatRetries) -> None:
    """Refresh one home, with the requests that are assigned to its reader."""

    async def refresh() -> None:
        # First, because it may take long: what changes meanwhile is still shown by this refresh.
        if job.requests_older_than is not None:
            await homes.read_requests(job.actor, timedelta(seconds=job.requests_older_than))
        await homes.refresh_home(job.actor)

    await retries.call_or_retry("refresh the home", refresh, job, steps, tries=TRIES_TO_SHOW)
