"""Homes: the accounts that have opened their home, so that it can be refreshed."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from bot.model.card import Audience
from bot.model.ids import Email
from bot.model.technician import Actor, Platform
from bot.model.technician_status import FirstStepsDone
from storage.compiled_statements import Row
from storage.repositories.people import WORKS_UNDER_ADDRESS
from storage.row_context import RowContext, RowQuery
from storage.tables import account_addresses, cards, homes, memberships, profiles, sessions

_IS_SAME_ACCOUNT = sa.and_(
    profiles.c.platform == homes.c.platform,
    profiles.c.tenant == homes.c.tenant,
    profiles.c.user == homes.c.user,
)

_WITH_ADDRESSES: RowQuery = (
    sa.select(homes)
    .join(profiles, _IS_SAME_ACCOUNT)
    .join(account_addresses, WORKS_UNDER_ADDRESS)
    .where(profiles.c.org_id == sa.bindparam("org_id"))
)
_OF_TECHNICIAN = _WITH_ADDRESSES.where(profiles.c.email == sa.bindparam("technician"))
HOMES_OF_SESSION: RowQuery = _WITH_ADDRESSES.where(
    profiles.c.email
    == sa.select(sessions.c.technician).where(sessions.c.id == sa.bindparam("session_id")).scalar_subquery()
)
"""The homes of a session's technician."""

# Literals, as a list of values would have to be written into the statement for each run.
_SEEN_BY_ALL: Sequence[sa.ColumnElement[str]] = [
    sa.literal_column(f"'{one.value}'") for one in Audience if not one.is_private
]
_OF_TENANT: Mapping[str, sa.BindParameter[str]] = {
    name: sa.bindparam(name) for name in ("org_id", "platform", "tenant")
}


def _exists_in(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> sa.Exists:
    """Return the condition that a tenant has a row in a table."""
    same = (table.c[name] == value for name, value in _OF_TENANT.items())
    return sa.exists(sa.literal(1)).select_from(table).where(*same, *conditions)


_FIRST_STEPS: RowQuery = sa.select(
    sa.exists(sa.literal(1))
    .where(
        sessions.c.org_id == _OF_TENANT["org_id"],
        sessions.c.technician == sa.bindparam("technician"),
        sessions.c.code.is_not(None),  # TeamViewer created it
    )
    .label("has_created"),
    sa.or_(
        _exists_in(memberships, memberships.c.is_member),
        _exists_in(cards, cards.c.audience.in_(_SEEN_BY_ALL)),
    ).label("is_in_channel"),
)
_WAIT_FOR_CHANGES = sa.text("LOCK TABLE sessions IN EXCLUSIVE MODE")


class SqlHomeRepository:
    """Stores which accounts have opened their home."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def add(self, actor: Actor) -> None:
        """Store that an account has opened its home. Where it is new, wait for each session that is being changed."""
        is_new = await self._context.insert_if_absent(
            homes,
            platform=actor.platform.value,
            tenant=actor.tenant,
            user=actor.user,
            org_id=self._context.org_id,
        )
        if is_new and self._context.connection.dialect.name == "postgresql":
            # Both ways of a change: it writes the row of a session, or locks it. On SQLite one transaction writes at a time.
            await self._context.connection.execute(_WAIT_FOR_CHANGES)

    async def has(self, actor: Actor) -> bool:
        """Return whether an account has opened its home."""
        query = sa.select(homes).where(
            homes.c.platform == actor.platform.value,
            homes.c.tenant == actor.tenant,
            homes.c.user == actor.user,
        )
        return bool(await self._fetch_actors(query))

    async def of_technician(self, technician: Email) -> Sequence[Actor]:
        """List the accounts that work under a technician's address and have opened their home."""
        rows = await self._context.fetch_rows(
            _OF_TECHNICIAN, technician=technician, org_id=self._context.org_id
        )
        return [_read_actor(row) for row in rows]

    async def first_steps_of(self, technician: Email, actor: Actor) -> FirstStepsDone:
        """Return which first steps a technician has done, whose account ``actor`` has opened its home."""
        row = await self._context.fetch_only_row(
            _FIRST_STEPS,
            org_id=self._context.org_id,
            technician=technician,
            platform=actor.platform.value,
            tenant=actor.tenant,
        )
        return FirstStepsDone(bool(row["has_created"]), bool(row["is_in_channel"]))

    async def page(self, *, after: Actor | None, limit: int) -> Sequence[Actor]:
        """List accounts that have opened their home, in a fixed order: the first ones after ``after``."""
        account = (homes.c.platform, homes.c.tenant, homes.c.user)
        query = sa.select(homes).order_by(*account).limit(limit)
        if after is not None:
            last = (after.platform.value, after.tenant, after.user)
            query = query.where(sa.tuple_(*account) > sa.tuple_(*map(sa.literal, last)))
        return await self._fetch_actors(query)

    async def purge(self, *, limit: int) -> bool:
        """Delete the homes of accounts whose profile is no longer stored."""
        has_profile = sa.exists().where(_IS_SAME_ACCOUNT)
        return await self._context.delete_some(
            homes, homes.c.org_id == self._context.org_id, ~has_profile, limit=limit
        )

    async def _fetch_actors(self, query: RowQuery) -> Sequence[Actor]:
        rows = await self._context.fetch_rows(query.where(homes.c.org_id == self._context.org_id))
        return [_read_actor(row) for row in rows]


def _read_actor(row: Row) -> Actor:
    return Actor(Platform(row["platform"]), row["tenant"], row["user"])
