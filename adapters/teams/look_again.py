"""Look at the sender of an invoke again before its reply reveals a link or it moves a switch."""

import asyncio
from contextlib import suppress

from adapters.teams.chat import TeamsChat
from adapters.teams.incoming.activity import TeamsActivity
from bot.account_check import AccountCheck
from bot.commands import Command
from bot.errors import BotError, Unavailable
from bot.freshness import looks_again
from bot.i18n import _
from bot.workflows.user_lookup import UserLookup

LOOK_AGAIN_SECONDS = 2.0
"""Time limit for looking at an account again. Teams waits five seconds for the reply to an invoke."""


class LookAgain:
    """Reads the profile of a sender while Teams waits for the reply. A later answer would stand in the channel."""

    def __init__(self, accounts: AccountCheck, users: UserLookup, chat: TeamsChat) -> None:
        self._accounts = accounts
        self._users = users
        self._chat = chat

    async def meet(self, activity: TeamsActivity) -> None:
        """Read the profile of a sender who is not known yet, and the technician list, so that nobody has to write to the bot first.

        Raises nothing: who still is not known is refused by the caller.
        """
        with suppress(BotError, TimeoutError):
            async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                if not await self._accounts.is_known(activity.actor):
                    await self._chat.meet_sender(activity)
                    await self._accounts.read_profile(activity.actor)
                    await self._users.refresh_technicians_for(activity.actor)

    async def look(self, activity: TeamsActivity, command: Command) -> bool:
        """Read the sender's profile if the command needs that. False if it was not read: then a job does it."""
        if not looks_again(command):
            return False
        try:
            async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                await self._accounts.read_profile(activity.actor)
        except (BotError, TimeoutError):
            return False
        return True

    async def require_current(self, activity: TeamsActivity) -> None:
        """Raise NotAllowed if the sender is no technician any more, and Unavailable if that is not known in time."""
        try:
            async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                await self._accounts.require_current(activity.actor)
        except TimeoutError:
            raise Unavailable(_("Microsoft Teams does not answer.")) from None
