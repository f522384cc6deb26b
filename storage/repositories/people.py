"""People: profiles of chat accounts, the technician list, and the granted SDAdmin roles."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.model.effect import Effect
from bot.model.ids import Email
from bot.model.sender import Sender
from bot.model.technician import Actor, AddressDoubt, Directory, KnownUser, Platform, Profile
from bot.model.technician_status import TechnicianStatus
from storage.compiled_statements import Row
from storage.repositories.switches import read_switches
from storage.repositories.technician_status import STATUS, read_status
from storage.row_context import RowContext, RowQuery
from storage.tables import (
    account_addresses,
    admins,
    connections,
    directories,
    homes,
    memberships,
    preferences,
    profiles,
    switches,
    teams_accounts,
    teams_conversations,
    technicians,
)

IS_ACCOUNT_OF_PROFILE = sa.and_(
    account_addresses.c.platform == profiles.c.platform,
    account_addresses.c.tenant == profiles.c.tenant,
    account_addresses.c.user == profiles.c.user,
)
WORKS_UNDER_ADDRESS = sa.and_(IS_ACCOUNT_OF_PROFILE, account_addresses.c.email == profiles.c.email)
"""Joins a profile with the address of its account, if the account may work under the address of the profile."""


def _select_sender() -> RowQuery:
    """Return the query for everything that a command needs of its sender."""
    org_id = sa.bindparam("org_id", type_=sa.String)
    is_same_email = sa.and_(technicians.c.org_id == org_id, technicians.c.email == profiles.c.email)
    has_role = sa.and_(admins.c.org_id == org_id, admins.c.email == profiles.c.email)
    return (
        sa.select(
            profiles,
            directories.c.read_at.label("listed_at"),
            technicians.c.name.label("listed_as"),
            admins.c.email.label("granted_email"),
            account_addresses.c.email.label("works_as"),
            switches.c.integration,
            switches.c.widget,
            switches.c.locations,
        )
        .select_from(
            profiles.outerjoin(directories, directories.c.org_id == org_id)
            .outerjoin(technicians, is_same_email)
            .outerjoin(admins, has_role)
            .outerjoin(account_addresses, IS_ACCOUNT_OF_PROFILE)
            .outerjoin(switches, switches.c.org_id == org_id)
        )
        .where(
            profiles.c.platform == sa.bindparam("platform"),
            profiles.c.tenant == sa.bindparam("tenant"),
            profiles.c.user == sa.bindparam("user"),
        )
    )


_SENDER = _select_sender()
_PROFILES_UNDER_ADDRESS: RowQuery = (
    sa.select(profiles)
    .join(account_addresses, WORKS_UNDER_ADDRESS)
    .where(profiles.c.org_id == sa.bindparam("org_id"), profiles.c.email == sa.bindparam("technician"))
)
_PROFILE: RowQuery = sa.select(profiles).where(
    profiles.c.platform == sa.bindparam("platform"),
    profiles.c.tenant == sa.bindparam("tenant"),
    profiles.c.user == sa.bindparam("user"),
)


class SqlPeopleRepository:
    """Stores what is known about people, from the chat platforms and from ServiceDesk Plus."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def profile(self, actor: Actor) -> tuple[Profile, datetime] | None:
        """Return a stored profile and when it was read."""
        row = await self._context.fetch_row(
            _PROFILE, platform=actor.platform.value, tenant=actor.tenant, user=actor.user
        )
        return (read_profile(row), row["read_at"]) if row else None

    async def known_user(self, actor: Actor) -> KnownUser | None:
        """Return everything stored about an account, in one query. None if its profile is not stored."""
        sender = await self.sender(actor)
        return sender.known_user if sender else None

    async def sender(self, actor: Actor) -> Sender | None:
        """Return what a command needs of its sender, with the switches, in one query. None if the profile is not stored."""
        found = await self._context.fetch_read(
            _SENDER,
            _read_sender,
            org_id=self._context.org_id,
            platform=actor.platform.value,
            tenant=actor.tenant,
            user=actor.user,
        )
        return found[0] if found else None

    async def store_profile(self, profile: Profile, at: datetime) -> None:
        """Store the profile that the chat platform returned for an account.

        A full member who has no address to work under yet gets the one of the profile, unless another account has it.
        """
        await self._context.upsert_row(
            profiles,
            platform=profile.actor.platform.value,
            tenant=profile.actor.tenant,
            user=profile.actor.user,
            org_id=self._context.org_id,
            name=profile.name,
            email=profile.email,
            locale=profile.locale,
            timezone=profile.timezone,
            is_guest=profile.is_guest,
            is_external=profile.is_external,
            is_deactivated=profile.is_deactivated,
            is_bot=profile.is_bot,
            has_unconfirmed_email=profile.has_unconfirmed_email,
            read_at=at,
        )
        if profile.email is not None and profile.is_full_member:
            await self._context.put_off_insert(
                account_addresses, **self._address_row(profile.actor), email=profile.email
            )

    def _address_row(self, actor: Actor) -> dict[str, str]:
        return {
            "platform": actor.platform.value,
            "tenant": actor.tenant,
            "user": actor.user,
            "org_id": self._context.org_id,
        }

    async def accounts_of(self, platform: Platform, user: str) -> Sequence[Actor]:
        """List the accounts with a stored profile that have this id, one for each tenant in which the bot has met them."""
        query = sa.select(profiles.c.tenant).where(
            profiles.c.org_id == self._context.org_id,
            profiles.c.platform == platform.value,
            profiles.c.user == user,
        )
        tenants = (await self._context.connection.execute(query)).scalars()
        return [Actor(platform, tenant, user) for tenant in tenants]

    async def expire_profile(self, actor: Actor, at: datetime) -> None:
        """Count a stored profile as read at ``at``, so that it is too old for every command. An older one stays as it is."""
        await self._context.connection.execute(
            sa.update(profiles)
            .where(
                profiles.c.platform == actor.platform.value,
                profiles.c.tenant == actor.tenant,
                profiles.c.user == actor.user,
                profiles.c.read_at > at,
            )
            .values(read_at=at)
        )

    async def confirm_address(self, profile: Profile) -> Effect:
        """Let an account work under the address of its profile, and no other account of its tenant. NOTHING if it does."""
        known_user = await self.known_user(profile.actor)
        if known_user is None or profile.email is None or known_user.address_doubt is None:
            return Effect.NOTHING
        addresses, actor = account_addresses, profile.actor
        await self._context.connection.execute(
            sa.delete(addresses).where(
                addresses.c.platform == actor.platform.value,
                addresses.c.tenant == actor.tenant,
                addresses.c.email == profile.email,
            )
        )
        await self._context.upsert_row(addresses, **self._address_row(actor), email=profile.email)
        return Effect.CHANGED

    async def profiles_of(self, technician: Email) -> Sequence[Profile]:
        """List the profiles of the accounts that work under a technician's address."""
        rows = await self._context.fetch_rows(
            _PROFILES_UNDER_ADDRESS, org_id=self._context.org_id, technician=technician
        )
        return [read_profile(row) for row in rows]

    async def profiles_with(self, address: Email) -> Sequence[Profile]:
        """List the profiles that show an address, also those of accounts that may not work under it."""
        query = (
            sa.select(profiles)
            .where(profiles.c.org_id == self._context.org_id, profiles.c.email == address)
            .order_by(profiles.c.platform, profiles.c.tenant, profiles.c.user)
        )
        return [read_profile(row) for row in await self._context.fetch_rows(query)]

    async def directory_read_at(self) -> datetime | None:
        """Return when the technician list was last read from ServiceDesk Plus."""
        query = sa.select(directories.c.read_at).where(directories.c.org_id == self._context.org_id)
        return (await self._context.connection.execute(query)).scalar_one_or_none()

    async def technician_name(self, email: Email) -> str | None:
        """Return the name on the technician list for an address. None if the address is not on it."""
        query = sa.select(technicians.c.name).where(
            technicians.c.org_id == self._context.org_id, technicians.c.email == email
        )
        return (await self._context.connection.execute(query)).scalar_one_or_none()

    async def store_directory(self, directory: Directory) -> None:
        """Replace the stored technician list."""
        connection, org_id = self._context.connection, self._context.org_id
        await self._context.upsert_row(directories, org_id=org_id, read_at=directory.read_at)
        await connection.execute(sa.delete(technicians).where(technicians.c.org_id == org_id))
        rows = [
            {"org_id": org_id, "email": email, "name": name} for email, name in directory.technicians.items()
        ]
        if rows:
            await connection.execute(sa.insert(technicians), rows)

    async def granted_admins(self) -> frozenset[Email]:
        """Return the technicians who were granted the SDAdmin role in the chat."""
        query = sa.select(admins.c.email).where(admins.c.org_id == self._context.org_id)
        return frozenset(Email(row.email) for row in await self._context.connection.execute(query))

    async def grant_admin(self, technician: Email) -> Effect:
        """Grant the SDAdmin role. NOTHING if the technician has it already."""
        is_new = await self._context.insert_if_absent(admins, org_id=self._context.org_id, email=technician)
        return Effect.of(changed=is_new)

    async def revoke_admin(self, technician: Email) -> Effect:
        """Revoke the SDAdmin role. NOTHING if the technician did not have it."""
        result = await self._context.connection.execute(
            sa.delete(admins).where(admins.c.org_id == self._context.org_id, admins.c.email == technician)
        )
        return Effect.of(changed=result.rowcount == 1)

    async def status_of(self, technician: Email) -> TechnicianStatus:
        """Return a technician's connection, their choices and how many sessions they can enter and have planned, in one query."""
        row = await self._context.fetch_only_row(STATUS, org_id=self._context.org_id, technician=technician)
        return read_status(row)

    async def wants_pings(self, technician: Email) -> bool:
        """Return whether a technician is notified when a requester is there. By default they are."""
        query = sa.select(preferences.c.wants_pings).where(
            preferences.c.org_id == self._context.org_id, preferences.c.email == technician
        )
        chosen = (await self._context.connection.execute(query)).scalar_one_or_none()
        return chosen is not False

    async def choose_pings(self, technician: Email, *, wanted: bool) -> Effect:
        """Store whether a technician is notified when a requester is there. NOTHING if it was so already."""
        was_wanted = await self.wants_pings(technician)
        await self._context.upsert_row(
            preferences, org_id=self._context.org_id, email=technician, wants_pings=wanted
        )
        return Effect.of(changed=was_wanted is not wanted)

    async def forget_other_tenants(self, platform: Platform, trusted: Collection[str]) -> None:
        """Delete what is stored about the accounts of a platform, except those in trusted tenants.

        Their e-mail addresses would still connect them with technicians. The letter case of a tenant's id does not matter.
        """
        kept = [tenant.lower() for tenant in trusted]
        for table in (profiles, homes, account_addresses, memberships):
            await self._context.connection.execute(
                sa.delete(table).where(
                    table.c.org_id == self._context.org_id,
                    table.c.platform == platform.value,
                    sa.func.lower(table.c.tenant).not_in(kept),
                )
            )

    async def purge(self, before: datetime, *, limit: int) -> bool:
        """Delete the profiles and accounts that were last seen before ``before``, and the preferences of people without one.

        The profile of an active person is read again and again, so it is never that old.
        """
        last_seen_columns = (
            (profiles, profiles.c.read_at),
            (teams_accounts, teams_accounts.c.seen_at),
            (teams_conversations, teams_conversations.c.seen_at),
        )
        has_more = False
        for table, last_seen in last_seen_columns:
            # A channel is no personal data, and the bot may have to post in it much later.
            is_personal = table.c.is_personal if table is teams_conversations else sa.true()
            is_old = sa.and_(table.c.org_id == self._context.org_id, last_seen < before, is_personal)
            has_more |= await self._context.delete_some(table, is_old, limit=limit)
        has_more |= await self._purge_preferences(limit)
        has_more |= await self._purge_addresses(limit)
        return has_more

    async def _purge_preferences(self, limit: int) -> bool:
        """Delete the preferences of technicians who have no profile any more."""
        has_profile = sa.exists().where(
            profiles.c.org_id == preferences.c.org_id, profiles.c.email == preferences.c.email
        )
        return await self._context.delete_some(
            preferences, preferences.c.org_id == self._context.org_id, ~has_profile, limit=limit
        )

    async def _purge_addresses(self, limit: int) -> bool:
        """Delete the addresses of accounts without a profile, unless something could still be inherited under them."""
        addresses = account_addresses
        has_profile = sa.exists().where(IS_ACCOUNT_OF_PROFILE)
        has_connection = sa.exists().where(
            connections.c.org_id == addresses.c.org_id, connections.c.technician == addresses.c.email
        )
        return await self._context.delete_some(
            addresses,
            addresses.c.org_id == self._context.org_id,
            ~has_profile,
            ~has_connection,
            limit=limit,
        )


def _read_sender(row: Row) -> Sender:
    profile = read_profile(row)
    known = KnownUser(
        profile,
        row["read_at"],
        row["listed_at"],
        row["listed_as"],
        row["granted_email"] is not None,
        _doubt(profile, row["works_as"]),
    )
    return Sender(known, read_switches(row))


def _doubt(profile: Profile, works_as: str | None) -> AddressDoubt | None:
    if profile.email is None or profile.email == works_as:
        return None
    return AddressDoubt.TAKEN if works_as is None else AddressDoubt.CHANGED


def read_profile(row: Row) -> Profile:
    return Profile(
        actor=Actor(Platform(row["platform"]), row["tenant"], row["user"]),
        name=row["name"],
        email=Email(row["email"]) if row["email"] else None,
        locale=row["locale"],
        timezone=row["timezone"],
        is_guest=row["is_guest"],
        is_external=row["is_external"],
        is_deactivated=row["is_deactivated"],
        is_bot=row["is_bot"],
        has_unconfirmed_email=row["has_unconfirmed_email"],
    )
