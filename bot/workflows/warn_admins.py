"""Tell the SDAdmins what the bot noticed by itself: in the admin channels, or else each of them in private."""

from collections.abc import Mapping, Sequence
from functools import partial

import structlog

from bot.errors import NotFound, Rejected
from bot.i18n import Text, _
from bot.installation import Installation
from bot.jobs import WarnAdmins
from bot.model.technician import Actor, Platform, Profile
from bot.ports import Chat, Steps
from bot.unit_of_work import UnitOfWork
from bot.views.pages import Message
from bot.views.parts import Reader, Tone
from bot.workflows.announce_change import post_in_channel

log = structlog.get_logger("bot")


async def warn_admins(
    job: WarnAdmins,
    steps: Steps,
    *,
    unit_of_work: UnitOfWork,
    chats: Mapping[Platform, Chat],
    installation: Installation,
) -> None:
    """Post a warning in every admin channel. Where none takes it, send it to each known SDAdmin in private."""
    view = Message(Text.from_json(job.text), Tone.PROBLEM if job.is_problem else Tone.GOOD)
    reader = Reader(installation.language)
    was_posted = False
    for channel in sorted(installation.admin_channels):
        post = partial(post_in_channel, channel, view, reader, chats)
        was_posted = bool(await steps.run_step(f"warn in {channel}", post)) or was_posted
    if was_posted:
        return
    admins = await _load_admins(unit_of_work, installation)
    if not admins:
        log.warning("no SDAdmin to warn")
    for number, accounts in enumerate(admins, start=1):
        send = partial(_send_to_first, accounts, view, chats, installation.language)
        await steps.run_step(f"warn SDAdmin {number}", send)


async def _load_admins(unit_of_work: UnitOfWork, installation: Installation) -> Sequence[Sequence[Profile]]:
    """Return the chat accounts of each SDAdmin whom the bot has met."""
    async with unit_of_work.read() as tx:
        addresses = sorted(installation.admins | await tx.people.granted_admins())
        accounts = [await tx.people.profiles_of(address) for address in addresses]
    usable = [[one for one in profiles if not one.is_deactivated] for profiles in accounts]
    return [profiles for profiles in usable if profiles]


async def _send_to_first(
    accounts: Sequence[Profile], view: Message, chats: Mapping[Platform, Chat], language: str
) -> None:
    """Send a message to the first account that can be reached. Raises Rejected where none can."""
    for profile in accounts:
        actor: Actor = profile.actor
        try:
            await chats[actor.platform].post_private(actor, view, Reader.of(profile, language))
        except (Rejected, NotFound):
            continue
        return
    raise Rejected(_("This SDAdmin cannot be reached in chat."))
