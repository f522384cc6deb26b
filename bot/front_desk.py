"""Where every command arrives: heard once, answered within moments, its outside work handed over."""

import asyncio
from collections.abc import Callable

from bot import access, commands
from bot import world as limits
from bot.commands import Help, History, Incoming, ListOpen, Status
from bot.errors import BotError, NotAllowed, NotAuthorized, NotConfirmed
from bot.i18n import Words, _
from bot.model.switches import Location
from bot.model.technician import Actor, Standing, Technician
from bot.store import Job, Transaction
from bot.use_cases.authorize import sign_in_url
from bot.use_cases.table import USE_CASES
from bot.use_cases.visit import Visit
from bot.views.pages import Message, View
from bot.views.parts import Opening, Reader, Style, Tone
from bot.views.plain import in_plain_text
from bot.world import FRESH, PROFILE_FRESH, STALE, World

GUARD_SECONDS = 2.5
"""Chat platforms give up after three seconds; a commit that takes longer is not confirmed, which is not failed."""
READER_SECONDS = 0.3
"""How long it is looked up in which language to say that something went wrong."""

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
            return render(refusal(_not_confirmed()), await self.reader(incoming.actor))

    async def reader(self, actor: Actor, otherwise: Reader | None = None) -> Reader:
        """Tell in which language somebody is told what went wrong.

        Where nothing is kept of them it is ``otherwise``, without it the organisation's.
        """
        try:
            async with asyncio.timeout(READER_SECONDS), self._world.books.read() as tx:
                kept = await tx.people.profile(actor)
        except Exception:  # noqa: BLE001 - whatever broke is told already; in which language comes second
            kept = None
        if kept is None and otherwise is not None:
            return otherwise
        return Reader.of(kept[0] if kept else None, self._world.language)

    async def _answer_once(self, incoming: Incoming, render: Render) -> str:
        async with self._world.books.write() as tx:
            standing = await tx.people.standing(incoming.actor)
            reader = Reader.of(standing.profile if standing else None, self._world.language)
            if not await tx.commands.first(incoming, self._world.clock()):
                earlier = await tx.commands.answered(incoming.key)
                return earlier or render(Message(_("One moment…"), Tone.WAIT), reader)
            rendered = render(await self._first_hearing(incoming, standing, tx), reader)
            await tx.commands.answer(incoming.key, rendered)
            return rendered

    async def _first_hearing(self, incoming: Incoming, standing: Standing | None, tx: Transaction) -> View:
        if standing is None or not self._is_believed(standing, incoming):
            arguments = {"key": incoming.key, "command": commands.write(incoming.command)}
            await tx.enqueue(Job("introduce", f"introduce:{incoming.key}", arguments))
            return Message(_("One moment: looking up who you are…"), Tone.WAIT)
        try:
            technician = identify(standing, self._world)
        except BotError as error:
            return refusal(error)
        return await self.hear(incoming, technician, tx)

    async def hear(self, incoming: Incoming, by: Technician, tx: Transaction) -> View:
        """Let the use case decide, in a transaction that is open already. A refusal is a view like any other."""
        view = await self._heard(Visit(by, incoming, tx, self._world, self._world.clock()))
        plain = in_plain_text(view)
        if plain is view or not (await tx.switches.read()).hides(Location.MESSAGE):
            return view
        return plain

    async def _heard(self, visit: Visit) -> View:
        command = visit.incoming.command
        try:
            return await USE_CASES[type(command)](command, visit)
        except NotAuthorized as error:
            button = Opening(_("Authorize TeamViewer"), await sign_in_url(visit), Style.PRIMARY)
            return Message(error.text, Tone.REFUSED, buttons=[button])
        except BotError as error:
            return refusal(error)

    async def see(self, incoming: Incoming) -> tuple[View, Reader]:
        """Let a command that only looks be answered at once, whoever asks being known already; nothing is written.

        Raises NotAllowed where it is not known who asks, or they may not.
        """
        async with self._world.books.read() as tx:
            standing = await tx.people.standing(incoming.actor)
            if standing is None:
                raise NotAllowed(_("It is not clear who you are. Type {words} first.", words=Words("status")))
            by = identify(standing, self._world)
            return await self.hear(incoming, by, tx), Reader.of(standing.profile)

    def _is_believed(self, standing: Standing, incoming: Incoming) -> bool:
        """Whether what is kept of a person is fresh enough for their command."""
        if standing.listed_at is None:
            return False
        only_reads = isinstance(incoming.command, _ONLY_READS)
        profile_for, list_for = (STALE, STALE) if only_reads else (PROFILE_FRESH, FRESH)
        if standing.listed_as is None:
            profile_for, list_for = PROFILE_FRESH, limits.FRESH_FOR_STRANGERS
        now = self._world.clock()
        return now - standing.profile_read_at < profile_for and now - standing.listed_at < list_for


def identify(standing: Standing, world: World) -> Technician:
    """Tell which technician somebody is, by what is kept. Raises NotAllowed."""
    is_admin = standing.is_granted_admin or standing.profile.email in world.admins
    return access.technician(standing.profile, standing.listed_as, is_admin=is_admin)


def refusal(error: BotError) -> Message:
    """Show an error. Its reference is in the log too."""
    return Message(error.text, Tone.REFUSED)


def broken() -> Message:
    """Tell that something broke, without a word of what: that is in the log."""
    text = _("Something broke inside the bot, and nothing was done. Try again in a moment.")
    return Message(text, Tone.PROBLEM)


def _not_confirmed() -> NotConfirmed:
    return NotConfirmed(
        _(
            "It is not confirmed that this was accepted: the bot is very busy. It may still be done; look before you repeat it."
        )
    )
