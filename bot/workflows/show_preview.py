"""Show a request's panel below a link to it."""

from collections.abc import Mapping

from bot.errors import BotError, Unavailable
from bot.freshness import DIRECTORY_FRESH
from bot.identification import identify_technician
from bot.installation import Installation
from bot.jobs import ShowPreview
from bot.model.switches import Location
from bot.model.technician import Platform
from bot.ports import Chat, ServiceDesk, Steps
from bot.unit_of_work import UnitOfWork
from bot.values import replace
from bot.views.pages import RequestPanel
from bot.views.parts import Reader
from bot.workflows.chat_retries import TRIES_TO_ANSWER, ChatRetries
from bot.workflows.show_request import load_panel
from bot.workflows.show_until_current import show_until_current
from bot.workflows.user_lookup import UserLookup


class PreviewPublisher:
    """Shows previews of request links to technicians."""

    def __init__(
        self,
        unit_of_work: UnitOfWork,
        chats: Mapping[Platform, Chat],
        servicedesk: ServiceDesk,
        users: UserLookup,
        installation: Installation,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._chats = chats
        self._servicedesk = servicedesk
        self._users = users
        self._installation = installation

    async def show_preview(self, job: ShowPreview) -> None:
        """Preview a link that a technician pasted. Nobody else sees one, and none is shown where previews are off.

        Raises Unavailable.
        """
        if not await self._is_on():
            return
        await self._users.read_old_profile(job.actor)
        await self._users.refresh_technicians(older_than=DIRECTORY_FRESH)
        try:
            await self._show_to_technician(job)
        except Unavailable:
            raise
        except BotError:
            return  # a preview is an extra: without it there still is the link

    async def _is_on(self) -> bool:
        async with self._unit_of_work.read() as tx:
            return (await tx.switches.read()).shows(Location.UNFURL)

    async def _show_to_technician(self, job: ShowPreview) -> None:
        async with self._unit_of_work.read() as tx:
            known_user = await tx.people.known_user(job.actor)
        if known_user is None:
            return
        # Raises for everybody who is no technician: their links stay plain links.
        identify_technician(known_user, self._installation.admins)
        request = await self._servicedesk.request_by_id(job.request)
        # Everybody in the channel reads it.
        own = Reader.of(known_user.profile, self._installation.language)
        reader = replace(own, language=self._installation.language)
        chat = self._chats[job.actor.platform]

        async def load() -> RequestPanel | None:
            if not await self._is_on():  # switched off while outside systems were asked
                return None
            return await load_panel(request, None, self._unit_of_work)

        async def show(panel: RequestPanel | None) -> None:
            if panel is not None:
                await chat.unfurl(job.actor.tenant, job.link, panel, reader)

        await show_until_current(load, show)


async def show_preview(
    job: ShowPreview, steps: Steps, *, previews: PreviewPublisher, retries: ChatRetries
) -> None:
    """Show the preview of a pasted link."""
    await retries.call_or_retry(
        "show the preview", lambda: previews.show_preview(job), job, steps, tries=TRIES_TO_ANSWER
    )
