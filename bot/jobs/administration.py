"""What follows an SDAdmin's word: announcing a change, and finding out who is to be made an SDAdmin."""

from collections.abc import Mapping
from functools import partial

from bot import access
from bot.errors import NotAllowed, Rejected
from bot.i18n import ChannelRef, Text, _
from bot.jobs.introduce import refresh_directory
from bot.jobs.telling import answer, problem
from bot.model.audit import Action, Entry
from bot.model.technician import Actor, Technician
from bot.ports import Steps
from bot.store import Transaction
from bot.views.pages import Message
from bot.views.parts import Reader, Tone
from bot.world import World


async def announce(arguments: Mapping[str, str], world: World, steps: Steps) -> None:
    """Tell a change in every channel for administration, once each. Where it cannot be told, whoever made it is."""
    view = Message(Text.from_json(arguments["text"]))
    async with world.books.read() as tx:
        address = await tx.commands.return_address(arguments["command"])
    if address is None:
        return
    chat = world.chats[address.actor.platform]
    channels = [one for one in sorted(world.admin_channels) if chat.is_channel(one)]

    async def tell(channel: str) -> None:
        if await chat.post(address.actor.tenant, channel, view, Reader(world.language)) is None:
            raise Rejected(_("The bot is not in this channel: invite it there."))

    for channel in channels:
        told = await steps.run(f"announce in {channel}", partial(tell, channel))
        if told.problem is not None:
            missed = problem(
                _(
                    "The change was made, but could not be announced in {channel}. {why}",
                    channel=ChannelRef(channel),
                    why=told.problem,
                )
            )
            await steps.run(f"tell about {channel}", partial(answer, world, arguments["command"], missed))


async def grant_admin(arguments: Mapping[str, str], world: World, steps: Steps) -> None:
    """Make a technician an SDAdmin, or take it back, and say so."""
    done = await steps.run("grant", lambda: _grant(arguments, world))
    refused = done.problem
    if refused is not None:
        await steps.run("tell", lambda: answer(world, arguments["command"], problem(refused)))
        return
    await steps.run("tell", lambda: _tell(arguments, world))


async def _grant(arguments: Mapping[str, str], world: World) -> None:
    async with world.books.read() as tx:
        address = await tx.commands.return_address(arguments["command"])
    if address is None:
        return
    profile = await world.chats[address.actor.platform].profile(
        Actor(address.actor.platform, address.actor.tenant, arguments["user"])
    )
    await refresh_directory(world)
    on = bool(arguments["on"])
    async with world.books.write() as tx:
        await tx.people.keep_profile(profile, world.clock())
        listed_as = await tx.people.technician_name(profile.email) if profile.email else None
        technician = access.technician(profile, listed_as, is_admin=False)
        if not on and technician.email in world.admins:
            raise NotAllowed(
                _(
                    "{name} is an SDAdmin by the bot’s settings. Change TVBOT_ADMINS there.",
                    name=technician.name,
                )
            )
        await _write(technician, arguments, tx, world)


async def _write(technician: Technician, arguments: Mapping[str, str], tx: Transaction, world: World) -> None:
    if arguments["on"]:
        changed = await tx.people.grant_admin(technician.email, arguments["by"], world.clock())
    else:
        changed = await tx.people.revoke_admin(technician.email)
    if changed:
        action = Action.ADMIN_GRANTED if arguments["on"] else Action.ADMIN_REVOKED
        await tx.audit.append(Entry(world.clock(), arguments["by"], action, technician.email))


async def _tell(arguments: Mapping[str, str], world: World) -> None:
    async with world.books.read() as tx:
        address = await tx.commands.return_address(arguments["command"])
        if address is None:
            return
        kept = await tx.people.profile(Actor(address.actor.platform, address.actor.tenant, arguments["user"]))
    name = kept[0].name if kept else arguments["user"]
    text = (
        _("{name} is an SDAdmin now.", name=name)
        if arguments["on"]
        else _("{name} is no longer an SDAdmin.", name=name)
    )
    await answer(world, arguments["command"], Message(text, Tone.GOOD))
