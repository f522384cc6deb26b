"""Find out who a person is, then hear the command that they were made to wait with."""

from collections.abc import Mapping
from datetime import timedelta

from bot import commands
from bot import services as limits
from bot.command_dispatcher import CommandDispatcher, identify, refusal
from bot.commands import CommandRequest, Place
from bot.errors import BotError
from bot.i18n import _
from bot.model.ids import email
from bot.model.technician import Actor, Directory
from bot.ports import ReturnAddress, Steps
from bot.services import DIRECTORY_FRESH, STALE_LIMIT, Services
from bot.unit_of_work import Transaction
from bot.views.form import SessionForm
from bot.views.pages import View, form_again
from bot.views.parts import Reader
from bot.workflows.replies import answer, deliver, problem


async def introduce(arguments: Mapping[str, str], services: Services, steps: Steps) -> None:
    """Ask the platform for the profile and ServiceDesk Plus for its technicians, then hear the command."""
    key = arguments["key"]
    async with services.unit_of_work.read() as tx:
        address = await tx.commands.return_address(key)
    if address is None:
        return
    outcome = await steps.run("read the profile", lambda: read_profile(address.actor, services))
    if outcome:
        outcome = await steps.run("read the list of technicians", lambda: look_for(address.actor, services))
    if outcome.problem is not None:
        view = problem(outcome.problem)
        await steps.run("tell", lambda: answer(services, key, view))
        return
    await steps.run("hear the command", lambda: _hear(arguments, address, services))
    await steps.run("answer", lambda: deliver(services, key))


async def read_profile(actor: Actor, services: Services) -> None:
    """Ask the platform who an account is, and keep the answer."""
    profile = await services.chats[actor.platform].profile(actor)
    async with services.unit_of_work.write() as tx:
        await tx.people.keep_profile(profile, services.clock())


async def look_for(actor: Actor, services: Services) -> None:
    """Read the list anew for a command, also a fresh one where its sender is not on it.

    They may have just become a technician. Whoever only looks, at a home or a preview, does with an older list: there
    anybody may look as often as they like, and ServiceDesk Plus answers only so many calls.
    """
    async with services.unit_of_work.read() as tx:
        known_user = await tx.people.known_user(actor)
    is_listed = known_user is not None and known_user.listed_as is not None
    await refresh_directory(
        services, older_than=DIRECTORY_FRESH / 2 if is_listed else limits.DIRECTORY_FRESH_FOR_UNLISTED
    )


async def refresh_directory(services: Services, *, older_than: timedelta = DIRECTORY_FRESH / 2) -> None:
    """Read the list of technicians anew where it is older; an old one serves while nobody answers."""
    async with services.unit_of_work.read() as tx:
        read_at = await tx.people.directory_read_at()
        switches = await tx.switches.read()
    now = services.clock()
    if read_at is not None and (now - read_at < older_than or not switches.integration):
        return
    try:
        found = await services.servicedesk.technicians()
    except BotError:
        if read_at is not None and now - read_at < STALE_LIMIT:
            return
        raise
    directory = Directory({email(address): name for address, name in found.items()}, now)
    async with services.unit_of_work.write() as tx:
        await tx.people.keep_directory(directory)


async def _hear(arguments: Mapping[str, str], address: ReturnAddress, services: Services) -> None:
    """Hear the command once: what it changes and what is answered are kept in one transaction."""
    place = Place(address.channel, address.is_private)
    command_request = CommandRequest(
        arguments["key"], address.actor, place, commands.read(arguments["command"])
    )
    async with services.unit_of_work.write() as tx:
        if not await tx.commands.hear(command_request.key, services.clock()):
            return
        view = await _view(command_request, tx, services)
        known_user = await tx.people.known_user(address.actor)
        reader = Reader.of(known_user.profile if known_user else None, services.language)
        chat = services.chats[address.actor.platform]
        written = chat.written(view if chat.capabilities.opens_forms_in_answers else _later(view), reader)
        await tx.commands.answer(command_request.key, written)


def _later(view: View) -> View:
    """A form that opens in a window can only do so at a press: whoever had to wait for it gets the button."""
    if not isinstance(view, SessionForm):
        return view
    return form_again(view, _("The form is ready: press the button."))


async def _view(command_request: CommandRequest, tx: Transaction, services: Services) -> View:
    known_user = await tx.people.known_user(command_request.actor)
    if known_user is None:
        return problem(_("It is not clear who you are."))
    try:
        technician = identify(known_user, services)
    except BotError as error:
        return refusal(error)
    return await CommandDispatcher(services).hear(command_request, technician, tx)
