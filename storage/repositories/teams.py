"""Microsoft Teams: the conversations that the bot is in, and the accounts that wrote to it or are members there.

Teams names the address for an answer only in each activity. A message that is sent later needs it stored.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.model.ids import Email
from bot.model.technician import Actor, Platform
from bot.values import value_class
from storage.repositories.people import WORKS_UNDER_ADDRESS
from storage.row_context import RowContext
from storage.tables import account_addresses, profiles, teams_accounts, teams_conversations, technicians


@value_class
class TeamsConversation:
    """A personal chat, a group chat or a channel. ``has_left``: the bot was removed or blocked there.

    ``team`` is that of a channel. It is empty for a chat, and until an activity says it.
    """

    tenant: str
    id: str
    is_personal: bool
    service_url: str
    has_left: bool = False
    team: str = ""


@value_class
class TeamsAccount:
    """A person's account in Teams. A field that is not known (yet) is empty.

    ``user`` is the person's id in Microsoft Entra, ``mri`` the id that Teams uses for the person towards this bot.
    ``met_in`` is a conversation that has the person in its roster.
    """

    tenant: str
    user: str
    mri: str
    met_in: str
    locale: str = ""
    timezone: str = ""


@value_class
class ReachableAccount:
    """An account, its personal chat with the bot, and the message there that shows its home."""

    account: TeamsAccount
    personal: str | None
    home_message: str | None


class SqlTeamsRepository:
    """Stores conversations and accounts of Teams."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def store_conversation(self, conversation: TeamsConversation, at: datetime) -> None:
        """Store a conversation that an activity came from. The bot is a member, even if it had left before."""
        await self._context.upsert_row(
            teams_conversations,
            tenant=conversation.tenant,
            id=conversation.id,
            org_id=self._context.org_id,
            is_personal=conversation.is_personal,
            service_url=conversation.service_url,
            left_at=None,
            team=conversation.team or None,
            seen_at=at,
        )

    async def find_conversation(self, tenant: str, conversation: str) -> TeamsConversation | None:
        """Return a stored conversation by its id."""
        table = teams_conversations
        query = sa.select(table).where(table.c.tenant == tenant, table.c.id == conversation)
        row = await self._context.fetch_row(query)
        if row is None:
            return None
        has_left = row["left_at"] is not None
        return TeamsConversation(
            tenant, conversation, row["is_personal"], row["service_url"], has_left, row["team"] or ""
        )

    async def list_conversation_tenants(self, conversation: str) -> Sequence[str]:
        """List the tenants of a conversation id, the most recently active first."""
        table = teams_conversations
        query = (
            sa.select(table.c.tenant)
            .where(table.c.id == conversation, table.c.org_id == self._context.org_id)
            .order_by(table.c.seen_at.desc())
        )
        return list((await self._context.connection.execute(query)).scalars())

    async def find_latest_conversation(self, tenant: str) -> TeamsConversation | None:
        """Return the conversation of a tenant that was active last. Its service URL serves the whole tenant."""
        table = teams_conversations
        query = (
            sa.select(table.c.id).where(table.c.tenant == tenant).order_by(table.c.seen_at.desc()).limit(1)
        )
        conversation = (await self._context.connection.execute(query)).scalar_one_or_none()
        return await self.find_conversation(tenant, conversation) if conversation else None

    async def list_group_conversations(self, tenant: str, limit: int) -> Sequence[TeamsConversation]:
        """List the channels and group chats of a tenant that the bot is in, the most recently active first."""
        table = teams_conversations
        query = (
            sa.select(table.c.id, table.c.service_url, table.c.team)
            .where(table.c.tenant == tenant, table.c.is_personal.is_(False), table.c.left_at.is_(None))
            .order_by(table.c.seen_at.desc())
            .limit(limit)
        )
        rows = await self._context.connection.execute(query)
        return [
            TeamsConversation(
                tenant, one.id, is_personal=False, service_url=one.service_url, team=one.team or ""
            )
            for one in rows
        ]

    async def mark_conversation_left(self, tenant: str, conversation: str, at: datetime) -> None:
        """Store that the bot can no longer post in a conversation."""
        table = teams_conversations
        await self._context.connection.execute(
            sa.update(table).where(table.c.tenant == tenant, table.c.id == conversation).values(left_at=at)
        )

    async def mark_team_left(self, tenant: str, team: str, at: datetime) -> None:
        """Store that the bot can no longer post in the channels of a team."""
        table = teams_conversations
        await self._context.connection.execute(
            sa.update(table)
            .where(table.c.tenant == tenant, table.c.team == team, table.c.left_at.is_(None))
            .values(left_at=at)
        )

    async def store_account(
        self, account: TeamsAccount, at: datetime, *, personal: str | None = None
    ) -> None:
        """Store an account, and its personal chat if that is given. Empty fields do not replace stored values.

        An activity carries the sender's language and time zone, so the stored profile gets them at once.
        """
        values = {
            "mri": account.mri,
            "met_in": account.met_in,
            "locale": account.locale,
            "timezone": account.timezone,
            "personal": personal,
        }
        known = {name: value for name, value in values.items() if value}
        await self._upsert_account(account, known, at)
        await self._update_profile(
            account, {name: known[name] for name in ("locale", "timezone") if name in known}
        )

    async def _upsert_account(self, account: TeamsAccount, known: dict[str, str], at: datetime) -> None:
        new_row = {"met_in": "", "locale": "", "timezone": ""} | known
        statement = self._context.start_insert(teams_accounts).values(
            tenant=account.tenant, user=account.user, org_id=self._context.org_id, seen_at=at, **new_row
        )
        await self._context.connection.execute(
            statement.on_conflict_do_update(index_elements=["tenant", "user"], set_={**known, "seen_at": at})
        )

    async def _update_profile(self, account: TeamsAccount, values: dict[str, str]) -> None:
        if not values:
            return
        await self._context.connection.execute(
            sa.update(profiles)
            .where(
                profiles.c.platform == Platform.TEAMS.value,
                profiles.c.tenant == account.tenant,
                profiles.c.user == account.user,
            )
            .values(**values)
        )

    async def find_account(self, tenant: str, user: str) -> ReachableAccount | None:
        """Return a stored account by either of its ids."""
        table = teams_accounts
        query = (
            sa.select(table)
            .where(table.c.tenant == tenant, sa.or_(table.c.user == user, table.c.mri == user))
            # Until the Entra id is known, a row has the MRI in both columns. Prefer a complete row.
            .order_by(table.c.user == table.c.mri)
            .limit(1)
        )
        row = await self._context.fetch_row(query)
        if row is None:
            return None
        account = TeamsAccount(tenant, row["user"], row["mri"], row["met_in"], row["locale"], row["timezone"])
        return ReachableAccount(account, row["personal"], row["home_message"])

    async def store_personal_chat(self, account: TeamsAccount, personal: str) -> None:
        """Store the id of an account's personal chat with the bot."""
        await self._update_account(account, personal=personal)

    async def store_home_message(self, account: TeamsAccount, message: str) -> None:
        """Store which message shows an account's home."""
        await self._update_account(account, home_message=message)

    async def _update_account(self, account: TeamsAccount, **values: str) -> None:
        table = teams_accounts
        await self._context.connection.execute(
            sa.update(table)
            .where(table.c.tenant == account.tenant, table.c.user == account.user)
            .values(**values)
        )

    async def list_reachable_accounts(self, address: Email, tenant: str | None) -> Sequence[Actor]:
        """List the accounts whose profile shows an address and that have a personal chat with the bot."""
        accounts, chats = teams_accounts, teams_conversations
        is_same_account = sa.and_(profiles.c.tenant == accounts.c.tenant, profiles.c.user == accounts.c.user)
        is_personal_chat = sa.and_(chats.c.tenant == accounts.c.tenant, chats.c.id == accounts.c.personal)
        query = (
            sa.select(accounts.c.tenant, accounts.c.user)
            .join(profiles, is_same_account)
            .join(chats, is_personal_chat)
            .where(
                profiles.c.platform == Platform.TEAMS.value,
                profiles.c.org_id == self._context.org_id,
                profiles.c.email == address,
                chats.c.left_at.is_(None),
                *([] if tenant is None else [accounts.c.tenant == tenant]),
            )
            .order_by(accounts.c.tenant, accounts.c.user)
        )
        rows = await self._context.connection.execute(query)
        return [Actor(Platform.TEAMS, one.tenant, one.user) for one in rows]

    async def has_reachable_requester(self) -> bool:
        """Whether somebody who is no technician has a personal chat with the bot. Only they can be invited there."""
        accounts, chats = teams_accounts, teams_conversations
        is_same_account = sa.and_(profiles.c.tenant == accounts.c.tenant, profiles.c.user == accounts.c.user)
        is_personal_chat = sa.and_(chats.c.tenant == accounts.c.tenant, chats.c.id == accounts.c.personal)
        is_technician = sa.exists().where(
            technicians.c.org_id == self._context.org_id, technicians.c.email == profiles.c.email
        )
        query = (
            sa.select(accounts.c.user)
            .join(profiles, is_same_account)
            .join(chats, is_personal_chat)
            .where(
                profiles.c.platform == Platform.TEAMS.value,
                profiles.c.org_id == self._context.org_id,
                profiles.c.email.is_not(None),
                chats.c.left_at.is_(None),
                sa.not_(is_technician),
            )
            .limit(1)
        )
        return (await self._context.connection.execute(query)).first() is not None

    async def list_technician_mris(self, technician: Email, tenant: str) -> Sequence[str]:
        """List the MRIs of a technician in a tenant. Cards show these accounts the creator's view."""
        table = teams_accounts
        is_same_account = sa.and_(profiles.c.tenant == table.c.tenant, profiles.c.user == table.c.user)
        query = (
            sa.select(table.c.mri)
            .join(profiles, is_same_account)
            .join(account_addresses, WORKS_UNDER_ADDRESS)
            .where(
                profiles.c.platform == Platform.TEAMS.value,
                profiles.c.email == technician,
                table.c.tenant == tenant,
                table.c.org_id == self._context.org_id,
            )
            .order_by(table.c.mri)
        )
        return list((await self._context.connection.execute(query)).scalars())
