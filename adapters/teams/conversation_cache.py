"""Where to reach conversations and people: Teams says it only with each activity, and it is needed later."""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from adapters.teams.incoming.activity import SHARED_CHANNEL, TeamsActivity, without_thread
from bot.coalesced_refreshes import enqueue_refresh_of_home
from bot.model.membership import Membership
from bot.model.technician import Platform
from bot.ports import Clock
from storage.repositories.teams import TeamsAccount, TeamsConversation
from storage.unit_of_work import SqlTransaction, SqlUnitOfWork

MAX_ENTRIES = 5000
REPEATED_WELCOME = timedelta(minutes=1)
"""A second installation event in the same conversation within this time gets no second welcome."""
_OWN_MEMBERS = {"private", SHARED_CHANNEL}
"""The types of channels that have members of their own, also among apps."""
REWRITE_AFTER = timedelta(hours=6)
"""Unchanged rows are written again after this time, because they also say that a person is still active."""

Key = tuple[str, str]
Row = TypeVar("Row", TeamsAccount, TeamsConversation)


class _WrittenRows(Generic[Row]):
    """The rows that this process wrote last, so that an unchanged row is not written again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rows: OrderedDict[Key, tuple[Row, datetime]] = OrderedDict()

    def row(self, key: Key) -> Row | None:
        return self._rows[key][0] if key in self._rows else None

    def is_current(self, key: Key, row: Row) -> bool:
        """Whether this very row was written not long ago."""
        written = self._rows.get(key)
        return written is not None and written[0] == row and self._clock() - written[1] < REWRITE_AFTER

    def record(self, key: Key, row: Row) -> None:
        self._rows[key] = (row, self._clock())
        while len(self._rows) > MAX_ENTRIES:
            self._rows.popitem(last=False)

    def forget(self, key: Key) -> None:
        self._rows.pop(key, None)


class ConversationCache:
    """Stores conversations and accounts from activities, and writes only what changed."""

    def __init__(self, unit_of_work: SqlUnitOfWork, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._conversations: _WrittenRows[TeamsConversation] = _WrittenRows(clock)
        self._accounts: _WrittenRows[TeamsAccount] = _WrittenRows(clock)
        self._welcomed: OrderedDict[Key, datetime] = OrderedDict()
        self._team_names: OrderedDict[Key, str] = OrderedDict()

    async def record_activity(self, activity: TeamsActivity) -> None:
        """Store who sent an activity, and where. Its sender is verified: the service URL is trusted later.

        A message extension can be used where the bot is not a member. Then only the sender is stored.
        """
        if activity.removes_bot:
            await self._record_removal(activity)
        if not activity.conversation or not activity.mri:
            return
        if activity.bot_is_member:
            await self._record_conversation(activity)
            if activity.team:
                await self._record_team(activity)
        await self._record_sender(activity)
        if activity.mentioned:
            await self._record_mentioned(activity)

    async def _record_removal(self, activity: TeamsActivity) -> None:
        """Store that the bot was removed from a conversation and, except for a private or a shared channel, from its team."""
        key = _conversation_key(activity)
        self._conversations.forget(key)
        self._team_names.pop((activity.tenant, activity.team), None)
        async with self._unit_of_work.write() as tx:
            await tx.teams.mark_conversation_left(*key, self._clock())
            if activity.team and activity.channel_type not in _OWN_MEMBERS:
                await tx.teams.mark_team_left(activity.tenant, activity.team, self._clock())
                left = Membership(Platform.TEAMS, activity.tenant, activity.team, is_member=False)
                await self._store_membership(left, activity, tx)

    async def find_user(self, tenant: str, account: str) -> str | None:
        """Return the directory id of a person who was met in a tenant, by either of their ids. None for anybody else."""
        async with self._unit_of_work.read() as tx:
            met = await tx.teams.find_account(tenant, account)
        return met.account.user if met is not None else None

    def is_first_welcome(self, activity: TeamsActivity) -> bool:
        """Whether a conversation needs a welcome. Teams reports one installation by two activities at once."""
        key, now = _conversation_key(activity), self._clock()
        before = self._welcomed.get(key)
        self._welcomed[key] = now
        while len(self._welcomed) > MAX_ENTRIES:
            self._welcomed.popitem(last=False)
        return before is None or now - before > REPEATED_WELCOME

    async def _record_conversation(self, activity: TeamsActivity) -> None:
        key = _conversation_key(activity)
        conversation = TeamsConversation(*key, activity.is_personal, activity.service_url, team=activity.team)
        if self._conversations.is_current(key, conversation) and not await self._has_left(conversation):
            return
        async with self._unit_of_work.write() as tx:
            await tx.teams.store_conversation(conversation, self._clock())
        self._conversations.record(key, conversation)

    async def _record_team(self, activity: TeamsActivity) -> None:
        """Store that the bot is in a team, and what the team is called. The sender's overview is shown again if that is news."""
        key = activity.tenant, activity.team
        known = self._team_names.get(key)
        name = activity.team_name or known or ""
        # Another process may have stored a removal. An event about the team is rare, so it is always written.
        if name == known and activity.is_message:
            return
        membership = Membership(Platform.TEAMS, *key, is_member=True, name=name)
        async with self._unit_of_work.write() as tx:
            await self._store_membership(membership, activity, tx)
        self._team_names[key] = name
        while len(self._team_names) > MAX_ENTRIES:
            self._team_names.popitem(last=False)

    async def _store_membership(
        self, membership: Membership, activity: TeamsActivity, tx: SqlTransaction
    ) -> None:
        is_news = await tx.memberships.store(membership, self._sent_at(activity))
        if is_news and await tx.homes.has(activity.actor):
            await enqueue_refresh_of_home(activity.actor, tx)

    def _sent_at(self, activity: TeamsActivity) -> datetime:
        """Return when an activity was sent: removals and additions may arrive out of order."""
        sent_at = activity.sent_at
        return sent_at if sent_at is not None and sent_at.tzinfo is not None else self._clock()

    async def _has_left(self, conversation: TeamsConversation) -> bool:
        """Whether the bot is stored as removed. An activity from there shows that it is back."""
        async with self._unit_of_work.read() as tx:
            stored = await tx.teams.find_conversation(conversation.tenant, conversation.id)
        return stored is None or stored.has_left

    async def _record_sender(self, activity: TeamsActivity) -> None:
        key = (activity.tenant, activity.actor.user)
        known = self._accounts.row(key)
        met_in = without_thread(activity.conversation) if activity.bot_is_member else ""
        if not met_in and not (known and known.met_in):
            met_in = await self._conversation_of_bot(activity)
        account = TeamsAccount(
            activity.tenant,
            activity.actor.user,
            activity.mri,
            met_in or (known.met_in if known else ""),
            activity.locale[:20] or (known.locale if known else ""),
            activity.timezone[:64] or (known.timezone if known else ""),
        )
        if self._accounts.is_current(key, account):
            return
        personal = met_in if activity.is_personal and met_in else None
        async with self._unit_of_work.write() as tx:
            await tx.teams.store_account(account, self._clock(), personal=personal)
        self._accounts.record(key, account)

    async def _conversation_of_bot(self, activity: TeamsActivity) -> str:
        """Return the conversation if the bot is stored as its member, else "".

        Somebody who presses a button of a card there may never have written to the bot.
        """
        async with self._unit_of_work.read() as tx:
            stored = await tx.teams.find_conversation(*_conversation_key(activity))
        return "" if stored is None or stored.has_left else stored.id

    async def _record_mentioned(self, activity: TeamsActivity) -> None:
        """Store mentioned people: they are in the conversation, whether they ever wrote to the bot or not."""
        async with self._unit_of_work.write() as tx:
            for mri in activity.mentioned:
                if await tx.teams.find_account(activity.tenant, mri) is None:
                    account = TeamsAccount(activity.tenant, mri, mri, without_thread(activity.conversation))
                    await tx.teams.store_account(account, self._clock())


def _conversation_key(activity: TeamsActivity) -> Key:
    return activity.tenant, without_thread(activity.conversation)
