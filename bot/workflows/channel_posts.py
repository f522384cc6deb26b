"""Post in channels for administration: after a crash or a lost answer, look for the message before posting it again."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from bot.errors import NotAllowed, NotFound, Rejected
from bot.i18n import _
from bot.jobs import AnnounceInChannel, PostReport, WarnInChannel
from bot.model.technician import Actor, Platform
from bot.ports import Chat, Clock, Steps
from bot.values import value_class
from bot.views.pages import View
from bot.views.parts import Reader
from bot.workflows.chat_retries import first_key

LOOK_BACK = timedelta(days=1)
"""How old a message of an earlier try can be: the tries of a job take about a day at most."""


@value_class
class ChannelAttempt:
    """An attempt to post in a channel. ``marker`` travels with the message and is the same in every try.

    ``looks_since``: an earlier try may have posted it, at or after this moment. None: this is the first try.
    """

    marker: str
    looks_since: datetime | None


class ChannelPoster:
    """Posts in channels, each message once where the chat lets the bot look for its own messages.

    Teams does not. There a message is posted again after a crash: a second one is better than none.
    """

    def __init__(self, chats: Mapping[Platform, Chat], clock: Clock) -> None:
        self._chats = chats
        self._clock = clock

    async def begin(
        self, job: AnnounceInChannel | PostReport | WarnInChannel, steps: Steps
    ) -> ChannelAttempt:
        """Store that a job begins to post, and return whether an earlier run or try of it may have posted already."""
        is_first_run = False

        async def note() -> None:
            nonlocal is_first_run
            is_first_run = True

        # The step runs once, because its outcome is stored. In a run after a crash it does not run again.
        await steps.run_step("begin to post", note)
        is_first = is_first_run and job.tries == 0
        key = first_key(job, steps.job_key)
        marker = hashlib.sha256(key.encode()).hexdigest()[:32]
        return ChannelAttempt(marker, None if is_first else self._clock() - LOOK_BACK)

    async def post(
        self, channel: str, view: View, reader: Reader, attempt: ChannelAttempt, *, by: Actor | None = None
    ) -> None:
        """Post in a channel through the first tenant that has it. A platform that is not set up has none.

        ``by`` is the person who caused it. Raises Rejected where no tenant may post there, Unavailable, and OutcomeUnknown
        where it may have been posted.
        """
        platform = next((name for name, chat in self._chats.items() if chat.is_channel(channel)), None)
        if platform is None:
            return
        chat = self._chats[platform]
        # The SDAdmin's own tenant first: it is the likely one, and each try is a call to the platform.
        tenants = [by.tenant] if by is not None and platform is by.platform else []
        tenants += [tenant for tenant in await chat.tenants_of(channel) if tenant not in tenants]
        for tenant in tenants:
            if await _is_there(chat, tenant, channel, attempt):
                return
            with suppress(Rejected, NotFound, NotAllowed):
                if await chat.post(tenant, channel, view, reader, marker=attempt.marker) is not None:
                    return
        raise Rejected(_("The bot is not in this channel: invite it there."))


async def _is_there(chat: Chat, tenant: str, channel: str, attempt: ChannelAttempt) -> bool:
    """Whether an earlier try has posted the message. False where the bot may not look. Raises Unavailable."""
    if attempt.looks_since is None:
        return False
    with suppress(Rejected, NotFound, NotAllowed):
        return await chat.find_post(tenant, channel, attempt.marker, attempt.looks_since) is not None
    return False
