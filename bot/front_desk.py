"""Where every command arrives: heard once, answered within moments, its outside work handed over."""

import asyncio
from collections.abc import Callable

from bot import access, commands
from bot import world as limits
from bot.commands import Help, History, Incoming, ListOpen, Status
from bot.errors import BotError, NotAuthorized, NotConfirmed
from bot.i18n import _
from bot.model.technician import Profile, Technician
from bot.store import Job, Transaction
from bot.use_cases.authorize import sign_in_url
from bot.use_cases.table import USE_CASES
from bot.use_cases.visit import Visit
from bot.views.pages import Message, View
from bot.views.parts import Opening, Reader, Style, Tone
from bot.world import FRESH, PROFILE_FRESH, STALE, World

GUARD_SECONDS = 2.5
"""Chat platforms give up after three seconds; a commit that takes longer is not confirmed, which is not failed."""

Render = Callable[[View, Reader], str]
"""Turns a view into what the platform answers with."""

_ONLY_READS = (Help, Status, ListOpen, History)


class FrontDesk:
    """Hears commands. No outside call stands between a command and its answer."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def answer(self, incoming: Incoming, render: Render) -> str:
        """Hear a command and render the answer; a command whose key was heard before gets the same answer again."""
        try:
            async with asyncio.timeout(GUARD_SECONDS):
                return await self._answer_once(incoming, render)
        except TimeoutError:
            return render(refusal(_not_confirmed()), Reader())

    async def _answer_once(self, incoming: Incoming, render: Render) -> str:
        async with self._world.books.write() as tx:
            profile = await _kept_profile(tx, incoming)
            if not await tx.commands.first(incoming, self._world.clock()):
                earlier = await tx.commands.answered(incoming.key)
                return earlier or render(Message(_("One moment…"), Tone.WAIT), Reader.of(profile))
            view = await self._first_hearing(incoming, tx)
            rendered = render(view, Reader.of(profile))
            await tx.commands.answer(incoming.key, rendered)
            return rendered

    async def _first_hearing(self, incoming: Incoming, tx: Transaction) -> View:
        try:
            technician = await self._technician(incoming, tx)
            if technician is None:
                written = commands.write(incoming.command)
                job = Job("introduce", f"introduce:{incoming.key}", {"key": incoming.key, "command": written})
                await tx.enqueue(job)
                return Message(_("One moment: looking up who you are…"), Tone.WAIT)
        except BotError as error:
            return refusal(error)
        return await self.hear(incoming, technician, tx)

    async def hear(self, incoming: Incoming, by: Technician, tx: Transaction) -> View:
        """Let the use case decide, in a transaction that is open already. A refusal is a view like any other."""
        visit = Visit(by, incoming, tx, self._world, self._world.clock())
        try:
            return await USE_CASES[type(incoming.command)](incoming.command, visit)
        except NotAuthorized as error:
            button = Opening(_("Authorize TeamViewer"), await sign_in_url(visit), Style.PRIMARY)
            return Message(error.text, Tone.REFUSED, buttons=[button])
        except BotError as error:
            return refusal(error)

    async def _technician(self, incoming: Incoming, tx: Transaction) -> Technician | None:
        """Tell who speaks, from what is kept. None where that is too old to be believed."""
        kept = await tx.people.profile(incoming.actor)
        listed_at = await tx.people.directory_read_at()
        if kept is None or listed_at is None:
            return None
        profile, read_at = kept
        only_reads = isinstance(incoming.command, _ONLY_READS)
        profile_for, list_for = (STALE, STALE) if only_reads else (PROFILE_FRESH, FRESH)
        if not profile.email or await tx.people.technician_name(profile.email) is None:
            profile_for, list_for = PROFILE_FRESH, limits.FRESH_FOR_STRANGERS
        now = self._world.clock()
        if now - read_at >= profile_for or now - listed_at >= list_for:
            return None
        return await identify(profile, tx, self._world)


async def identify(profile: Profile, tx: Transaction, world: World) -> Technician:
    """Tell which technician a profile is, by the list that is kept. Raises NotAllowed."""
    listed_as = await tx.people.technician_name(profile.email) if profile.email else None
    admins = world.admins | await tx.people.granted_admins()
    return access.technician(profile, listed_as, is_admin=profile.email in admins)


async def _kept_profile(tx: Transaction, incoming: Incoming) -> Profile | None:
    kept = await tx.people.profile(incoming.actor)
    return kept[0] if kept else None


def refusal(error: BotError) -> Message:
    """Show an error. Its reference is in the log too."""
    return Message(error.text, Tone.REFUSED)


def _not_confirmed() -> NotConfirmed:
    return NotConfirmed(
        _(
            "It is not confirmed that this was accepted: the bot is very busy. It may still be done; look before you repeat it."
        )
    )
