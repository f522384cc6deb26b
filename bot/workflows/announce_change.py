"""Post an SDAdmin's change in the admin channels."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from bot.errors import NotAllowed, NotFound, Rejected
from bot.i18n import Text, _
from bot.installation import Installation
from bot.jobs import AnnounceChange
from bot.model.technician import Actor, Platform
from bot.ports import Chat, Steps
from bot.unit_of_work import UnitOfWork
from bot.views.pages import Message
from bot.views.parts import Reader
from bot.workflows.replies import Replies, problem_view


async def announce_change(
    job: AnnounceChange,
    steps: Steps,
    *,
    unit_of_work: UnitOfWork,
    chats: Mapping[Platform, Chat],
    installation: Installation,
    replies: Replies,
) -> None:
    """Post a change in every admin channel, once each. Report to the SDAdmin where that failed."""
    view = Message(Text.from_json(job.text))
    async with unit_of_work.read() as tx:
        address = await tx.commands.return_address(job.command)
    if address is None:
        return
    reader = Reader(installation.language)
    for channel, ref in sorted(installation.admin_channels.items()):
        post = partial(post_in_channel, channel, view, reader, chats, by=address.actor)
        posted = await steps.run_step(f"announce in {channel}", post)
        if posted.problem is not None:
            text = _(
                "The change was made, but could not be announced in {channel}. {why}",
                channel=ref,
                why=posted.problem,
            )
            report = partial(replies.answer_command, job.command, problem_view(text))
            await steps.run_step(f"report about {channel}", report)


async def post_in_channel(
    channel: str,
    view: Message,
    reader: Reader,
    chats: Mapping[Platform, Chat],
    *,
    by: Actor | None = None,
) -> None:
    """Post in a channel through the first tenant that has it. A platform that is not set up has none.

    ``by`` is the person who caused it. Raises Rejected where no tenant may post there.
    """
    platform = next((name for name, chat in chats.items() if chat.is_channel(channel)), None)
    if platform is None:
        return
    chat = chats[platform]
    # The SDAdmin's own tenant first: it is the likely one, and each try is a call to the platform.
    tenants = [by.tenant] if by is not None and platform is by.platform else []
    tenants += [tenant for tenant in await chat.tenants_of(channel) if tenant not in tenants]
    for tenant in tenants:
        with suppress(Rejected, NotFound, NotAllowed):
            if await chat.post(tenant, channel, view, reader) is not None:
                return
    raise Rejected(_("The bot is not in this channel: invite it there."))
