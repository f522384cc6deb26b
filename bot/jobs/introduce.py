"""Find out who a person is, then hear the command that they were made to wait with."""

from collections.abc import Mapping
from datetime import timedelta

from bot import commands
from bot import world as limits
from bot.commands import Incoming, Place
from bot.errors import BotError
from bot.front_desk import FrontDesk, identify, refusal
from bot.i18n import _
from bot.jobs.telling import answer, deliver, problem
from bot.model.ids import email
from bot.model.technician import Actor, Directory
from bot.ports import ReturnAddress, Steps
from bot.store import Transaction
from bot.views.form import SessionForm
from bot.views.pages import View, form_again
from bot.views.parts import Reader
from bot.world import FRESH, STALE, World


async def introduce(arguments: Mapping[str, str], world: World, steps: Steps) -> None:
    """Ask the platform for the profile and ServiceDesk Plus for its technicians, then hear the command."""
    key = arguments["key"]
    async with world.books.read() as tx:
        address = await tx.commands.return_address(key)
    if address is None:
        return
    outcome = await steps.run("read the profile", lambda: read_profile(address.actor, world))
    if outcome:
        outcome = await steps.run("read the list of technicians", lambda: look_for(address.actor, world))
    if outcome.problem is not None:
        view = problem(outcome.problem)
        await steps.run("tell", lambda: answer(world, key, view))
        return
    await steps.run("hear the command", lambda: _hear(arguments, address, world))
    await steps.run("answer", lambda: deliver(world, key))


async def read_profile(actor: Actor, world: World) -> None:
    """Ask the platform who an account is, and keep the answer."""
    profile = await world.chats[actor.platform].profile(actor)
    async with world.books.write() as tx:
        await tx.people.keep_profile(profile, world.clock())


async def look_for(actor: Actor, world: World) -> None:
    """Read the list anew for a command, also a fresh one where its sender is not on it.

    They may have just become a technician. Whoever only looks, at a home or a preview, does with an older list: there
    anybody may look as often as they like, and ServiceDesk Plus answers only so many calls.
    """
    async with world.books.read() as tx:
        standing = await tx.people.standing(actor)
    is_listed = standing is not None and standing.listed_as is not None
    await refresh_directory(world, older_than=FRESH / 2 if is_listed else limits.FRESH_FOR_STRANGERS)


async def refresh_directory(world: World, *, older_than: timedelta = FRESH / 2) -> None:
    """Read the list of technicians anew where it is older; an old one serves while nobody answers."""
    async with world.books.read() as tx:
        read_at = await tx.people.directory_read_at()
        switches = await tx.switches.read()
    now = world.clock()
    if read_at is not None and (now - read_at < older_than or not switches.integration):
        return
    try:
        found = await world.servicedesk.technicians()
    except BotError:
        if read_at is not None and now - read_at < STALE:
            return
        raise
    directory = Directory({email(address): name for address, name in found.items()}, now)
    async with world.books.write() as tx:
        await tx.people.keep_directory(directory)


async def _hear(arguments: Mapping[str, str], address: ReturnAddress, world: World) -> None:
    """Hear the command once: what it changes and what is answered are kept in one transaction."""
    place = Place(address.channel, address.is_private)
    incoming = Incoming(arguments["key"], address.actor, place, commands.read(arguments["command"]))
    async with world.books.write() as tx:
        if not await tx.commands.hear(incoming.key, world.clock()):
            return
        view = await _view(incoming, tx, world)
        standing = await tx.people.standing(address.actor)
        reader = Reader.of(standing.profile if standing else None, world.language)
        chat = world.chats[address.actor.platform]
        written = chat.written(view if chat.is_lasting else _later(view), reader)
        await tx.commands.answer(incoming.key, written)


def _later(view: View) -> View:
    """A form that opens in a window can only do so at a press: whoever had to wait for it gets the button."""
    if not isinstance(view, SessionForm):
        return view
    return form_again(view, _("The form is ready: press the button."))


async def _view(incoming: Incoming, tx: Transaction, world: World) -> View:
    standing = await tx.people.standing(incoming.actor)
    if standing is None:
        return problem(_("It is not clear who you are."))
    try:
        technician = identify(standing, world)
    except BotError as error:
        return refusal(error)
    return await FrontDesk(world).hear(incoming, technician, tx)
