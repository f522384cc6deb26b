"""Post an SDAdmin's change in the admin channels, each by a job of its own."""

from collections.abc import Mapping

from bot.i18n import ChannelRef, Text, _
from bot.installation import Installation
from bot.jobs import AnnounceChange, AnnounceInChannel
from bot.model.technician import Platform
from bot.ports import Chat, Steps
from bot.unit_of_work import UnitOfWork
from bot.views.pages import Message
from bot.views.parts import Reader
from bot.workflows.channel_posts import ChannelPoster
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
    poster: ChannelPoster,
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
    attempt = await poster.begin(job, steps)

    async def post() -> None:
        await poster.post(job.channel, view, Reader(installation.language), attempt, by=by)

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
