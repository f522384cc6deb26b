"""What follows an SDAdmin's word: announcing a change, and finding out who is to be made an SDAdmin."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from bot import access
from bot import services as limits
from bot.errors import NotAllowed, NotFound, Rejected
from bot.i18n import Text, Words, _
from bot.model.audit import Action, AuditEntry
from bot.model.ids import Email, email
from bot.model.technician import Actor, Profile
from bot.ports import ReturnAddress, Steps
from bot.services import Services
from bot.unit_of_work import Job, Transaction
from bot.views.pages import Message
from bot.views.parts import Reader, Tone
from bot.workflows.identify_user import refresh_directory
from bot.workflows.replies import answer, deliver, problem


async def announce(arguments: Mapping[str, str], services: Services, steps: Steps) -> None:
    """Tell a change in every channel for administration, once each, on whichever platform it is.

    Where it cannot be told, whoever made it is.
    """
    view = Message(Text.from_json(arguments["text"]))
    async with services.unit_of_work.read() as tx:
        address = await tx.commands.return_address(arguments["command"])
    if address is None:
        return
    for channel, ref in sorted(services.admin_channels.items()):
        told = await steps.run(
            f"announce in {channel}", partial(_tell, channel, view, address.actor, services)
        )
        if told.problem is not None:
            missed = problem(
                _(
                    "The change was made, but could not be announced in {channel}. {why}",
                    channel=ref,
                    why=told.problem,
                )
            )
            await steps.run(f"tell about {channel}", partial(answer, services, arguments["command"], missed))


async def _tell(channel: str, view: Message, by: Actor, services: Services) -> None:
    """Post in a channel, in the name of whichever tenant has it. A platform that is not set up has none."""
    platform = next((name for name, chat in services.chats.items() if chat.is_channel(channel)), None)
    if platform is None:
        return
    chat = services.chats[platform]
    tenants = [by.tenant] if platform is by.platform else []
    tenants += [one for one in await chat.tenants_of(channel) if one not in tenants]
    for tenant in tenants:
        with suppress(Rejected, NotFound, NotAllowed):
            if await chat.post(tenant, channel, view, Reader(services.language)) is not None:
                return
    raise Rejected(_("The bot is not in this channel: invite it there."))


async def grant_admin(arguments: Mapping[str, str], services: Services, steps: Steps) -> None:
    """Make a technician an SDAdmin, or take it back from anybody, and say so."""
    key = arguments["command"]
    done = await steps.run("grant", lambda: _grant(arguments, services))
    refused = done.problem
    if refused is not None:
        await steps.run("tell", lambda: answer(services, key, problem(refused)))
        return
    await steps.run("tell", lambda: deliver(services, key))


async def _grant(arguments: Mapping[str, str], services: Services) -> None:
    async with services.unit_of_work.read() as tx:
        address = await tx.commands.return_address(arguments["command"])
    if address is None:
        return
    if arguments["on"]:
        change = await _granting(arguments["user"], address.actor, services)
    else:
        change = await _revoking(arguments["user"], address.actor, services)
    async with services.unit_of_work.write() as tx:
        await _write(change, arguments, address, tx, services)


@dataclass(frozen=True, slots=True)
class _Change:
    """Who is to be an SDAdmin, or no longer: known by their e-mail address, called by their name."""

    whose: Email
    name: str
    on: bool


async def _granting(user: str, asked_by: Actor, services: Services) -> _Change:
    profile = await _profile(user, asked_by, services)
    await refresh_directory(services, older_than=limits.DIRECTORY_FRESH_FOR_UNLISTED)
    async with services.unit_of_work.read() as tx:
        listed_as = await tx.people.technician_name(profile.email) if profile.email else None
    technician = access.can_be_admin(profile, listed_as)
    return _Change(technician.email, technician.name, on=True)


async def _revoking(user: str, asked_by: Actor, services: Services) -> _Change:
    """Whoever they are by now, a technician or not: what was granted to their address is taken back."""
    if "@" in user:
        whose, name = email(user), user
    else:
        profile = await _known(user, asked_by, services)
        if profile is None or profile.email is None:
            raise NotFound(
                _(
                    "It is not clear whose e-mail address that is. Type the address itself: {words}.",
                    words=Words("admin revoke NAME@EXAMPLE.COM"),
                )
            )
        whose, name = profile.email, profile.name
    if whose in services.admins:
        raise NotAllowed(
            _("{name} is an SDAdmin by the bot’s settings. Change TVBOT_ADMINS there.", name=name)
        )
    return _Change(whose, name, on=False)


async def _profile(user: str, asked_by: Actor, services: Services) -> Profile:
    """Ask the platform, which may know an account by another id than the one that was typed."""
    profile = await services.chats[asked_by.platform].profile(Actor(asked_by.platform, asked_by.tenant, user))
    async with services.unit_of_work.write() as tx:
        await tx.people.keep_profile(profile, services.clock())
    return profile


async def _known(user: str, asked_by: Actor, services: Services) -> Profile | None:
    """Ask the platform; where it no longer knows an account, or its address, what was kept of it serves."""
    async with services.unit_of_work.read() as tx:
        kept = await tx.people.profile(Actor(asked_by.platform, asked_by.tenant, user))
    try:
        profile = await _profile(user, asked_by, services)
    except (Rejected, NotFound):
        profile = None
    if profile is not None and profile.email is not None:
        return profile
    return kept[0] if kept else None


async def _write(
    change: _Change, arguments: Mapping[str, str], address: ReturnAddress, tx: Transaction, services: Services
) -> None:
    """Change, record, announce and answer in one: all of it happens, once, or nothing."""
    people, key, now = tx.people, arguments["command"], services.clock()
    changed = await (people.grant_admin(change.whose) if change.on else people.revoke_admin(change.whose))
    if changed:
        action = Action.ADMIN_GRANTED if change.on else Action.ADMIN_REVOKED
        await tx.audit.append(AuditEntry(now, arguments["by"], action, change.whose))
        text = _announcement(change, arguments["by_name"])
        await tx.enqueue(Job("announce", f"announce:{key}", {"command": key, "text": text.to_json()}))
        await tx.enqueue(Job("refresh_homes_of", f"homes_of:{key}", {"technician": change.whose}))
    known_user = await people.known_user(address.actor)
    reader = Reader.of(known_user.profile if known_user else None, services.language)
    said = Message(_said(change), Tone.GOOD)
    await tx.commands.answer(key, services.chats[address.actor.platform].written(said, reader))


def _said(change: _Change) -> Text:
    if change.on:
        return _("{name} is an SDAdmin now.", name=change.name)
    return _("{name} is no longer an SDAdmin.", name=change.name)


def _announcement(change: _Change, by: str) -> Text:
    if change.on:
        return _("{by} made {name} an SDAdmin.", by=by, name=change.name)
    return _("{by} took SDAdmin from {name}.", by=by, name=change.name)
