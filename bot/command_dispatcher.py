"""Where every command arrives: heard once, answered within moments, its outside work handed over."""

import asyncio
from collections.abc import Callable

from bot import access, commands
from bot import services as limits
from bot.commands import CommandRequest, Help, History, ListOpen, Status
from bot.errors import BotError, NotAllowed, NotAuthorized, NotConfirmed
from bot.i18n import Words, _
from bot.jobs import IdentifyUser
from bot.model.switches import Location
from bot.model.technician import Actor, KnownUser, Technician
from bot.services import DIRECTORY_FRESH, PROFILE_FRESH, STALE_LIMIT, Services
from bot.unit_of_work import Transaction
from bot.use_cases.authorize import sign_in_url
from bot.use_cases.context import CommandContext
from bot.use_cases.dispatch import USE_CASES
from bot.views.pages import Message, View
from bot.views.parts import LinkButton, Reader, Style, Tone
from bot.views.plain import in_plain_text

GUARD_SECONDS = 2.5
"""Chat platforms give up after three seconds; a commit that takes longer is not confirmed, which is not failed."""
READER_SECONDS = 0.3
"""How long it is looked up in which language to say that something went wrong."""

Render = Callable[[View, Reader], str]
"""Turns a view into what the platform answers with."""

_ONLY_READS = (Help, Status, ListOpen, History)


class CommandDispatcher:
    """Hears commands. No outside call stands between a command and its answer."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def answer(self, command_request: CommandRequest, render: Render) -> str:
        """Hear a command and render the answer; a command whose key was heard before gets the same answer again."""
        try:
            async with asyncio.timeout(GUARD_SECONDS):
                return await self._answer_once(command_request, render)
        except TimeoutError:
            return render(refusal(_not_confirmed()), await self.reader(command_request.actor))

    async def reader(self, actor: Actor, otherwise: Reader | None = None) -> Reader:
        """Tell in which language somebody is told what went wrong.

        Where nothing is kept of them it is ``otherwise``, without it the organisation's.
        """
        try:
            async with asyncio.timeout(READER_SECONDS), self._services.unit_of_work.read() as tx:
                kept = await tx.people.profile(actor)
        except Exception:  # noqa: BLE001 - whatever broke is told already; in which language comes second
            kept = None
        if kept is None and otherwise is not None:
            return otherwise
        return Reader.of(kept[0] if kept else None, self._services.installation.language)

    async def _answer_once(self, command_request: CommandRequest, render: Render) -> str:
        async with self._services.unit_of_work.write() as tx:
            known_user = await tx.people.known_user(command_request.actor)
            reader = Reader.of(
                known_user.profile if known_user else None, self._services.installation.language
            )
            if not await tx.commands.first(command_request, self._services.clock()):
                earlier = await tx.commands.answered(command_request.key)
                return earlier or render(Message(_("One moment…"), Tone.WAIT), reader)
            rendered = render(await self._first_hearing(command_request, known_user, tx), reader)
            await tx.commands.answer(command_request.key, rendered)
            return rendered

    async def _first_hearing(
        self, command_request: CommandRequest, known_user: KnownUser | None, tx: Transaction
    ) -> View:
        if known_user is None or not self._is_believed(known_user, command_request):
            key = command_request.key
            job = IdentifyUser(key, commands.write(command_request.command))
            await tx.enqueue(job, key=f"introduce:{key}")
            return Message(_("One moment: looking up who you are…"), Tone.WAIT)
        try:
            technician = identify(known_user, self._services)
        except BotError as error:
            return refusal(error)
        return await self.hear(command_request, technician, tx)

    async def hear(self, command_request: CommandRequest, by: Technician, tx: Transaction) -> View:
        """Let the use case decide, in a transaction that is open already. A refusal is a view like any other."""
        view = await self._heard(
            CommandContext(by, command_request, tx, self._services, self._services.clock())
        )
        plain = in_plain_text(view)
        if plain is view or not (await tx.switches.read()).hides(Location.MESSAGE):
            return view
        return plain

    async def _heard(self, context: CommandContext) -> View:
        command = context.command_request.command
        try:
            return await USE_CASES[type(command)](command, context)
        except NotAuthorized as error:
            button = LinkButton(_("Authorize TeamViewer"), await sign_in_url(context), Style.PRIMARY)
            return Message(error.text, Tone.REFUSED, buttons=[button])
        except BotError as error:
            return refusal(error)

    async def see(self, command_request: CommandRequest) -> tuple[View, Reader]:
        """Let a command that only looks be answered at once, whoever asks being known already; nothing is written.

        Raises NotAllowed where it is not known who asks, or they may not.
        """
        async with self._services.unit_of_work.read() as tx:
            known_user = await tx.people.known_user(command_request.actor)
            if known_user is None:
                raise NotAllowed(_("It is not clear who you are. Type {words} first.", words=Words("status")))
            by = identify(known_user, self._services)
            return await self.hear(command_request, by, tx), Reader.of(known_user.profile)

    def _is_believed(self, known_user: KnownUser, command_request: CommandRequest) -> bool:
        """Whether what is kept of a person is fresh enough for their command."""
        if known_user.listed_at is None:
            return False
        only_reads = isinstance(command_request.command, _ONLY_READS)
        profile_for, list_for = (STALE_LIMIT, STALE_LIMIT) if only_reads else (PROFILE_FRESH, DIRECTORY_FRESH)
        if known_user.listed_as is None:
            profile_for, list_for = PROFILE_FRESH, limits.DIRECTORY_FRESH_FOR_UNLISTED
        now = self._services.clock()
        return now - known_user.profile_read_at < profile_for and now - known_user.listed_at < list_for


def identify(known_user: KnownUser, services: Services) -> Technician:
    """Tell which technician somebody is, by what is kept. Raises NotAllowed."""
    is_admin = known_user.is_granted_admin or known_user.profile.email in services.installation.admins
    return access.require_technician(known_user.profile, known_user.listed_as, is_admin=is_admin)


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
