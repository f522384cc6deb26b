"""Microsoft Teams: the conversations that the bot is in, and the accounts that it has met there.

Teams tells where to answer with each activity alone, so what is to be said later needs this.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.model.ids import Email
from bot.model.technician import Platform
from storage.row_context import RowContext
from storage.tables import profiles, teams_accounts, teams_conversations


@dataclass(frozen=True, slots=True)
class Conversation:
    """A personal chat, a group chat or a channel. ``has_left``: the bot was removed or blocked there."""

    tenant: str
    id: str
    is_personal: bool
    service_url: str
    has_left: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account. ``user`` is the id in their directory, ``mri`` the one that Teams gave this bot for them.

    ``met_in`` is a conversation whose roster has them. What is not known (yet) is empty.
    """

    tenant: str
    user: str
    mri: str
    met_in: str
    locale: str = ""
    timezone: str = ""


@dataclass(frozen=True, slots=True)
class Reachable:
    """How somebody is reached alone: their personal chat with the bot, and the message that is their home in it."""

    account: Account
    personal: str | None
    home_message: str | None


class TeamsRows:
    """The repository of what Teams tells once."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def met_in(self, conversation: Conversation, at: datetime) -> None:
        """Remember a conversation as it was just heard of; the bot is there again, if it had left."""
        await self._context.upsert(
            teams_conversations,
            tenant=conversation.tenant,
            id=conversation.id,
            org_id=self._context.org_id,
            is_personal=conversation.is_personal,
            service_url=conversation.service_url,
            left_at=None,
            seen_at=at,
        )

    async def conversation(self, tenant: str, conversation: str) -> Conversation | None:
        """Return a conversation that was heard of."""
        table = teams_conversations
        query = sa.select(table).where(table.c.tenant == tenant, table.c.id == conversation)
        row = (await self._context.connection.execute(query)).mappings().one_or_none()
        if row is None:
            return None
        return Conversation(
            tenant, conversation, row["is_personal"], row["service_url"], row["left_at"] is not None
        )

    async def tenants_of(self, conversation: str) -> Sequence[str]:
        """List the tenants in which a conversation was heard of."""
        table = teams_conversations
        query = (
            sa.select(table.c.tenant)
            .where(table.c.id == conversation, table.c.org_id == self._context.org_id)
            .order_by(table.c.seen_at.desc())
        )
        return list((await self._context.connection.execute(query)).scalars())

    async def some_conversation(self, tenant: str) -> Conversation | None:
        """Return the conversation of a tenant that was heard of last: its service address serves the whole tenant."""
        table = teams_conversations
        query = (
            sa.select(table.c.id).where(table.c.tenant == tenant).order_by(table.c.seen_at.desc()).limit(1)
        )
        found = (await self._context.connection.execute(query)).scalar_one_or_none()
        return await self.conversation(tenant, found) if found else None

    async def left(self, tenant: str, conversation: str, at: datetime) -> None:
        """Note that the bot can no longer write there."""
        table = teams_conversations
        await self._context.connection.execute(
            sa.update(table).where(table.c.tenant == tenant, table.c.id == conversation).values(left_at=at)
        )

    async def met(self, account: Account, at: datetime, *, personal: str | None = None) -> None:
        """Remember somebody; where they spoke in their personal chat, that too.

        Each activity tells its sender's language and time zone, so their profile follows at once.
        """
        told = {name: value for name, value in self._told(account, personal).items() if value}
        first = {"met_in": "", "locale": "", "timezone": ""} | told
        statement = self._context.insert(teams_accounts).values(
            tenant=account.tenant, user=account.user, org_id=self._context.org_id, seen_at=at, **first
        )
        await self._context.connection.execute(
            statement.on_conflict_do_update(index_elements=["tenant", "user"], set_={**told, "seen_at": at})
        )
        plain_formatter = {name: told[name] for name in ("locale", "timezone") if name in told}
        if plain_formatter:
            await self._context.connection.execute(
                sa.update(profiles)
                .where(
                    profiles.c.platform == Platform.TEAMS.value,
                    profiles.c.tenant == account.tenant,
                    profiles.c.user == account.user,
                )
                .values(**plain_formatter)
            )

    def _told(self, account: Account, personal: str | None) -> dict[str, str | None]:
        return {
            "mri": account.mri,
            "met_in": account.met_in,
            "locale": account.locale,
            "timezone": account.timezone,
            "personal": personal,
        }

    async def account(self, tenant: str, user: str) -> Reachable | None:
        """Return somebody who was met, by either of their ids."""
        table = teams_accounts
        query = (
            sa.select(table)
            .where(table.c.tenant == tenant, sa.or_(table.c.user == user, table.c.mri == user))
            .order_by(table.c.user == table.c.mri)
            .limit(1)
        )
        row = (await self._context.connection.execute(query)).mappings().one_or_none()
        if row is None:
            return None
        account = Account(tenant, row["user"], row["mri"], row["met_in"], row["locale"], row["timezone"])
        return Reachable(account, row["personal"], row["home_message"])

    async def reached_in(self, account: Account, personal: str) -> None:
        """Remember somebody's personal chat with the bot."""
        await self._change(account, personal=personal)

    async def home_is(self, account: Account, message: str) -> None:
        """Remember which message is somebody's home."""
        await self._change(account, home_message=message)

    async def _change(self, account: Account, **values: str) -> None:
        table = teams_accounts
        await self._context.connection.execute(
            sa.update(table)
            .where(table.c.tenant == account.tenant, table.c.user == account.user)
            .values(**values)
        )

    async def mris_of(self, technician: Email, tenant: str) -> Sequence[str]:
        """List what Teams calls a technician in a tenant: who is shown the creator's view of their cards."""
        table = teams_accounts
        same = sa.and_(profiles.c.tenant == table.c.tenant, profiles.c.user == table.c.user)
        query = (
            sa.select(table.c.mri)
            .join(profiles, same)
            .where(
                profiles.c.platform == Platform.TEAMS.value,
                profiles.c.email == technician,
                table.c.tenant == tenant,
                table.c.org_id == self._context.org_id,
            )
            .order_by(table.c.mri)
        )
        return list((await self._context.connection.execute(query)).scalars())
