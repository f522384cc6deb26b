"""What Teams tells with each activity alone, remembered: where to answer later, and what people are called there."""

from collections import OrderedDict
from datetime import datetime, timedelta

from adapters.teams.heard import Heard
from bot.ports import Clock
from storage.books import SqlBooks
from storage.repositories.teams import Account, Conversation

_MOST = 5000
_SAME_WELCOME = timedelta(minutes=1)
_AGAIN_AFTER = timedelta(hours=6)
"""How long what is known is not written again: it also says that somebody is still about."""


class Memory:
    """Keeps conversations and accounts, and writes only what is new."""

    def __init__(self, books: SqlBooks, clock: Clock) -> None:
        self._books = books
        self._clock = clock
        self._known: OrderedDict[tuple[Account, Conversation], datetime] = OrderedDict()
        self._welcomed: OrderedDict[tuple[str, str], datetime] = OrderedDict()

    async def note(self, heard: Heard) -> None:
        """Remember who spoke, and where. Only activities that were verified come here: the address is trusted later."""
        if not heard.conversation or not heard.mri:
            return
        conversation = Conversation(
            heard.tenant, room(heard.conversation), heard.is_personal, heard.service_url
        )
        account = Account(
            heard.tenant, heard.actor.user, heard.mri, conversation.id, heard.locale[:20], heard.timezone[:64]
        )
        now = self._clock()
        noted = self._known.get((account, conversation))
        if noted is not None and now - noted < _AGAIN_AFTER and not await self._has_left(conversation):
            return
        async with self._books.write() as tx:
            await tx.teams.met_in(conversation, now)
            await tx.teams.met(account, now, personal=conversation.id if heard.is_personal else None)
            for mri in heard.mentioned:
                if await tx.teams.account(heard.tenant, mri) is None:
                    await tx.teams.met(Account(heard.tenant, mri, mri, conversation.id), now)
        self._known[account, conversation] = now
        while len(self._known) > _MOST:
            self._known.popitem(last=False)

    async def _has_left(self, conversation: Conversation) -> bool:
        """Whether it was noted, by whichever process, that the bot may not write there: whoever speaks to it shows that it may."""
        async with self._books.read() as tx:
            kept = await tx.teams.conversation(conversation.tenant, conversation.id)
        return kept is None or kept.has_left

    def first_time(self, heard: Heard) -> bool:
        """Whether nobody was welcomed in this conversation just now: an installation is told in two ways at once."""
        place, now = (heard.tenant, room(heard.conversation)), self._clock()
        before = self._welcomed.get(place)
        self._welcomed[place] = now
        while len(self._welcomed) > _MOST:
            self._welcomed.popitem(last=False)
        return before is None or now - before > _SAME_WELCOME

    async def left(self, heard: Heard) -> None:
        """Remember that the bot was removed from a conversation."""
        self._known.clear()
        async with self._books.write() as tx:
            await tx.teams.left(heard.tenant, room(heard.conversation), self._clock())


def room(conversation: str) -> str:
    """Return the conversation that a thread is part of."""
    return conversation.partition(";")[0]
