"""Tell the SDAdmins what the bot noticed by itself: in each admin channel, or else each of them in private."""

from collections.abc import Mapping, Sequence

import structlog

from bot.errors import NotAllowed, NotFound, Rejected, Unavailable
from bot.i18n import Text, _
from bot.installation import Installation
from bot.jobs import WarnAdmin, WarnAdmins, WarnInChannel
from bot.model.ids import Email
from bot.model.technician import Platform, Profile
from bot.ports import Chat, Steps
from bot.unit_of_work import Transaction, UnitOfWork
from bot.views.pages import Message
from bot.views.parts import Reader, Tone
from bot.workflows.channel_posts import ChannelAttempt, ChannelPoster
from bot.workflows.chat_retries import TRIES_TO_SHOW, ChatRetries

log = structlog.get_logger("bot")


class AdminWarner:
    """Sends warnings to SDAdmins."""

    def __init__(
        self,
        unit_of_work: UnitOfWork,
        chats: Mapping[Platform, Chat],
        poster: ChannelPoster,
        installation: Installation,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._chats = chats
        self._poster = poster
        self._installation = installation

    async def enqueue_warnings(self, job: WarnAdmins) -> None:
        """Enqueue a warning for every admin channel, or without one for every SDAdmin, each as a job of its own."""
        places = [
            (channel, self._platform_of(channel)) for channel in sorted(self._installation.admin_channels)
        ]
        async with self._unit_of_work.write() as tx:
            posts = [WarnInChannel(found, channel, job) for channel, found in places if found is not None]
            for post in posts:
                await tx.enqueue(post, key=f"{job.about}:{post.channel}")
            if not posts:
                await self._enqueue_private_warnings(job, tx)

    def _platform_of(self, channel: str) -> Platform | None:
        """Return the platform that has a channel. None where it is not set up."""
        return next((name for name, chat in self._chats.items() if chat.is_channel(channel)), None)

    async def enqueue_private_warnings(self, job: WarnAdmins) -> None:
        """Enqueue a warning for every SDAdmin, once, however many channels refused it."""
        async with self._unit_of_work.write() as tx:
            await self._enqueue_private_warnings(job, tx)

    async def _enqueue_private_warnings(self, job: WarnAdmins, tx: Transaction) -> None:
        addresses = sorted(self._installation.admins | await tx.people.granted_admins())
        known = [address for address in addresses if await _load_accounts(address, tx)]
        for address in known:
            await tx.enqueue(WarnAdmin(address, job), key=f"{job.about}:{address}")
        if not known:
            log.warning("no SDAdmin to warn")

    async def begin(self, job: WarnInChannel, steps: Steps) -> ChannelAttempt:
        """Begin an attempt to post a warning in a channel."""
        return await self._poster.begin(job, steps)

    async def post_warning(self, job: WarnInChannel, attempt: ChannelAttempt) -> None:
        """Post a warning in a channel. Raises Unavailable, Rejected."""
        reader = Reader(self._installation.language)
        await self._poster.post(job.channel, _view(job.warning), reader, attempt)

    async def send_warning(self, job: WarnAdmin) -> None:
        """Send a warning to the first account of an SDAdmin that takes it. Raises Unavailable, Rejected where none does."""
        async with self._unit_of_work.read() as tx:
            accounts = await _load_accounts(job.technician, tx)
        error: Unavailable | Rejected = Rejected(_("This SDAdmin cannot be reached in chat."))
        for profile in accounts:
            reader = Reader.of(profile, self._installation.language)
            try:
                await self._chats[profile.actor.platform].post_private(
                    profile.actor, _view(job.warning), reader
                )
            except Unavailable as unavailable:
                error = unavailable  # another chat may take it now
            except (Rejected, NotFound, NotAllowed):
                continue
            else:
                return
        raise error


async def _load_accounts(address: Email, tx: Transaction) -> Sequence[Profile]:
    """Return the chat accounts of an SDAdmin whom the bot has met."""
    return [one for one in await tx.people.profiles_of(address) if not one.is_deactivated]


def _view(warning: WarnAdmins) -> Message:
    return Message(Text.from_json(warning.text), Tone.PROBLEM if warning.is_problem else Tone.GOOD)


async def warn_admins(job: WarnAdmins, steps: Steps, *, warner: AdminWarner) -> None:
    """Enqueue a warning for everybody who is to get it."""
    await steps.run_step("enqueue the warnings", lambda: warner.enqueue_warnings(job))


async def warn_in_channel(
    job: WarnInChannel, steps: Steps, *, warner: AdminWarner, retries: ChatRetries
) -> None:
    """Post a warning in one admin channel. Where that is refused, send it to each SDAdmin in private."""
    attempt = await warner.begin(job, steps)
    posted = await retries.call_or_retry(
        "warn in the channel", lambda: warner.post_warning(job, attempt), job, steps, tries=TRIES_TO_SHOW
    )
    if posted.problem is not None:
        await steps.run_step("enqueue private warnings", lambda: warner.enqueue_private_warnings(job.warning))


async def warn_admin(job: WarnAdmin, steps: Steps, *, warner: AdminWarner, retries: ChatRetries) -> None:
    """Send a warning to one SDAdmin in private."""
    await retries.call_or_retry(
        "warn the SDAdmin", lambda: warner.send_warning(job), job, steps, tries=TRIES_TO_SHOW
    )
