"""People: profiles of chat accounts, the list of technicians, and who was made an SDAdmin."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.model.ids import Email
from bot.model.technician import Actor, Directory, KnownUser, Platform, Profile
from storage.row_context import RowContext
from storage.tables import admins, directories, profiles, teams_accounts, teams_conversations, technicians


class PeopleRows:
    """The repository of people."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def profile(self, actor: Actor) -> tuple[Profile, datetime] | None:
        """Return a profile and when it was read."""
        query = sa.select(profiles).where(
            profiles.c.platform == actor.platform.value,
            profiles.c.tenant == actor.tenant,
            profiles.c.user == actor.user,
        )
        row = (await self._context.connection.execute(query)).mappings().one_or_none()
        return (_profile(row), row["read_at"]) if row else None

    async def known_user(self, actor: Actor) -> KnownUser | None:
        """Return all that is kept of an account, in one look. None where it was never seen."""
        org_id = self._context.org_id
        is_theirs = sa.and_(technicians.c.org_id == org_id, technicians.c.email == profiles.c.email)
        is_granted = sa.and_(admins.c.org_id == org_id, admins.c.email == profiles.c.email)
        query = (
            sa.select(
                profiles,
                directories.c.read_at.label("listed_at"),
                technicians.c.name.label("listed_as"),
                admins.c.email.label("granted"),
            )
            .select_from(
                profiles.outerjoin(directories, directories.c.org_id == org_id)
                .outerjoin(technicians, is_theirs)
                .outerjoin(admins, is_granted)
            )
            .where(
                profiles.c.platform == actor.platform.value,
                profiles.c.tenant == actor.tenant,
                profiles.c.user == actor.user,
            )
        )
        row = (await self._context.connection.execute(query)).mappings().one_or_none()
        if row is None:
            return None
        return KnownUser(
            _profile(row), row["read_at"], row["listed_at"], row["listed_as"], row["granted"] is not None
        )

    async def keep_profile(self, profile: Profile, at: datetime) -> None:
        """Keep what the platform told of an account."""
        await self._context.upsert(
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
            read_at=at,
        )

    async def profiles_of(self, technician: Email) -> Sequence[Profile]:
        """List the chat accounts of one technician."""
        query = sa.select(profiles).where(
            profiles.c.org_id == self._context.org_id, profiles.c.email == technician
        )
        return [_profile(row) for row in (await self._context.connection.execute(query)).mappings()]

    async def directory_read_at(self) -> datetime | None:
        """Tell when the list of technicians was last read."""
        query = sa.select(directories.c.read_at).where(directories.c.org_id == self._context.org_id)
        return (await self._context.connection.execute(query)).scalar_one_or_none()

    async def technician_name(self, email: Email) -> str | None:
        """Return a technician's name as listed, or None where nobody of that address is listed."""
        query = sa.select(technicians.c.name).where(
            technicians.c.org_id == self._context.org_id, technicians.c.email == email
        )
        return (await self._context.connection.execute(query)).scalar_one_or_none()

    async def keep_directory(self, directory: Directory) -> None:
        """Replace the list of technicians."""
        connection, org_id = self._context.connection, self._context.org_id
        await self._context.upsert(directories, org_id=org_id, read_at=directory.read_at)
        await connection.execute(sa.delete(technicians).where(technicians.c.org_id == org_id))
        rows = [
            {"org_id": org_id, "email": email, "name": name} for email, name in directory.technicians.items()
        ]
        if rows:
            await connection.execute(sa.insert(technicians), rows)

    async def granted_admins(self) -> frozenset[Email]:
        """Return who was made an SDAdmin from chat."""
        query = sa.select(admins.c.email).where(admins.c.org_id == self._context.org_id)
        return frozenset(Email(row.email) for row in await self._context.connection.execute(query))

    async def grant_admin(self, technician: Email) -> bool:
        """Make a technician an SDAdmin. False where they are one already."""
        return await self._context.insert_new(admins, org_id=self._context.org_id, email=technician)

    async def revoke_admin(self, technician: Email) -> bool:
        """Take it back. False where they were none."""
        result = await self._context.connection.execute(
            sa.delete(admins).where(admins.c.org_id == self._context.org_id, admins.c.email == technician)
        )
        return result.rowcount == 1

    async def purge(self, before: datetime) -> None:
        """Forget whoever was last seen before that: a profile is read anew while they speak."""
        for table, last_seen in (
            (profiles, profiles.c.read_at),
            (teams_accounts, teams_accounts.c.seen_at),
            (teams_conversations, teams_conversations.c.seen_at),
        ):
            old = sa.delete(table).where(table.c.org_id == self._context.org_id, last_seen < before)
            if table is teams_conversations:  # a channel is nobody's, and may be written to unasked
                old = old.where(teams_conversations.c.is_personal)
            await self._context.connection.execute(old)


def _profile(row: sa.RowMapping) -> Profile:
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
    )
