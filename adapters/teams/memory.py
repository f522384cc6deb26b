"""What Teams tells with each activity alone, remembered: where to answer later, and what people are called there."""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any

from adapters.teams.heard import Heard
from bot.ports import Clock
from storage.repositories.teams import Account, Conversation
from storage.unit_of_work import SqlUnitOfWork

Known = OrderedDict[tuple[str, str], Any]
_MOST = 5000
_SAME_WELCOME = timedelta(minutes=1)
_AGAIN_AFTER = timedelta(hours=6)
"""How long what is known is not written again: it also says that somebody is still about."""


class Memory:
    """Keeps conversations and accounts, and writes only what is new: of each, what was written last is known here."""

    def __init__(self, unit_of_work: SqlUnitOfWork, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._places: OrderedDict[tuple[str, str], tuple[Conversation, datetime]] = OrderedDict()
        self._people: OrderedDict[tuple[str, str], tuple[Account, datetime]] = OrderedDict()
        self._welcomed: OrderedDict[tuple[str, str], datetime] = OrderedDict()

    async def note(self, heard: Heard) -> None:
        """Remember who spoke, and where. Only activities that were verified come here: the address is trusted later.

        Of a conversation that the bot may not be in (the message extension is asked from any) only who spoke is taken.
        """
        if not heard.conversation or not heard.mri:
            return
        if heard.is_there:
            await self._note_place(heard)
        await self._note_person(heard)
        if heard.mentioned:
            await self._note_mentioned(heard)

    async def _note_place(self, heard: Heard) -> None:
        place = Conversation(heard.tenant, room(heard.conversation), heard.is_personal, heard.service_url)
        if self._is_known(self._places, (place.tenant, place.id), place) and not await self._had_left(place):
            return
        async with self._unit_of_work.write() as tx:
            await tx.teams.met_in(place, self._clock())
        self._know(self._places, (place.tenant, place.id), place)

    async def _had_left(self, place: Conversation) -> bool:
        """Whether the bot could not write there: it can again, as somebody speaks to it there."""
        async with self._unit_of_work.read() as tx:
            kept = await tx.teams.conversation(place.tenant, place.id)
        return kept is None or kept.has_left

    async def _note_person(self, heard: Heard) -> None:
        key = (heard.tenant, heard.actor.user)
        known = self._people.get(key)
        met_in = room(heard.conversation) if heard.is_there else ""
        if not met_in and not (known and known[0].met_in):
            met_in = await self._where_the_bot_is(heard)
        account = Account(
            heard.tenant,
            heard.actor.user,
            heard.mri,
            met_in or (known[0].met_in if known else ""),
            heard.locale[:20] or (known[0].locale if known else ""),
            heard.timezone[:64] or (known[0].timezone if known else ""),
        )
        if self._is_known(self._people, key, account):
            return
        async with self._unit_of_work.write() as tx:
            await tx.teams.met(
                account, self._clock(), personal=met_in if heard.is_personal and met_in else None
            )
        self._know(self._people, key, account)

    async def _where_the_bot_is(self, heard: Heard) -> str:
        """Return the conversation if the bot is known to be in it: who presses a card there may never have spoken."""
        async with self._unit_of_work.read() as tx:
            kept = await tx.teams.conversation(heard.tenant, room(heard.conversation))
        return "" if kept is None or kept.has_left else kept.id

    async def _note_mentioned(self, heard: Heard) -> None:
        """Remember people by whom they were mentioned: they are in that conversation, whether they ever spoke or not."""
        async with self._unit_of_work.write() as tx:
            for mri in heard.mentioned:
                if await tx.teams.account(heard.tenant, mri) is None:
                    met = Account(heard.tenant, mri, mri, room(heard.conversation))
                    await tx.teams.met(met, self._clock())

    def _is_known(self, known: Known, key: tuple[str, str], what: object) -> bool:
        kept = known.get(key)
        return kept is not None and kept[0] == what and self._clock() - kept[1] < _AGAIN_AFTER

    def _know(self, known: Known, key: tuple[str, str], what: object) -> None:
        known[key] = (what, self._clock())
        while len(known) > _MOST:
            known.popitem(last=False)

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
        self._places.pop((heard.tenant, room(heard.conversation)), None)
        async with self._unit_of_work.write() as tx:
            await tx.teams.left(heard.tenant, room(heard.conversation), self._clock())


def room(conversation: str) -> str:
    """Return the conversation that a thread is part of."""
    return conversation.partition(";")[0]
