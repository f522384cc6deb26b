"""Post an SDAdmin's change in the admin channels, each by a job of its own."""

from collections.abc import Mapping
from contextlib import suppress

from bot.errors import NotAllowed, NotFound, Rejected
from bot.i18n import ChannelRef, Text, _
from bot.installation import Installation
from bot.jobs import AnnounceChange, AnnounceInChannel
from bot.model.technician import Actor, Platform
from bot.ports import Chat, Steps
from bot.unit_of_work import UnitOfWork
from bot.views.pages import Message, View
from bot.views.parts import Reader
from bot.workflows.chat_retries import TRIES_TO_ANSWER, ChatRetries
from bot.workflows.replies import Replies, problem_view


async def announce_change(
    job: AnnounceChange,
    steps: Steps,
    *,
    unit_of_work: UnitOfWork,
    chats: Mapping[Platform, Chat],
    installation: Installation,
) -> None:
    """Enqueue the post in every admin channel. A platform that is not set up has none."""

    async def enqueue_posts() -> None:
        async with unit_of_work.write() as tx:
            for channel in sorted(installation.admin_channels):
                platform = next((name for name, chat in chats.items() if chat.is_channel(channel)), None)
                if platform is not None:
                    post = AnnounceInChannel(platform, channel, job.text, job.command)
                    await tx.enqueue(post, key=f"announce:{job.command}:{channel}")

    await steps.run_step("enqueue the posts", enqueue_posts)


async def announce_in_channel(
    job: AnnounceInChannel,
    steps: Steps,
    *,
    unit_of_work: UnitOfWork,
    chats: Mapping[Platform, Chat],
    installation: Installation,
    replies: Replies,
    retries: ChatRetries,
) -> None:
    """Post a change in one admin channel. Report to the SDAdmin where that failed."""
    view = Message(Text.from_json(job.text))
    async with unit_of_work.read() as tx:
        address = await tx.commands.return_address(job.command)
    # The operator's own changes come from no chat.
    by = address.actor if address is not None else None

    async def post() -> None:
        await post_in_channel(job.channel, view, Reader(installation.language), chats, by=by)

    posted = await retries.call_or_retry("announce", post, job, steps, tries=TRIES_TO_ANSWER)
    if posted.problem is None:
        return
    ref = installation.admin_channels.get(job.channel, ChannelRef(job.channel))
    text = _(
        "The change was made, but could not be announced in {channel}. {why}", channel=ref, why=posted.problem
    )
    await steps.run_step(
        "report the failure",
        lambda: replies.enqueue_answer(job.command, problem_view(text), reason=job.channel),
    )


async def post_in_channel(
    channel: str,
    view: View,
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
