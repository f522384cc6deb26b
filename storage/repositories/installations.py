"""Slack workspaces (or whole Enterprise organisations) that the app was added to. Their tokens go through the vault."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime

import sqlalchemy as sa

from storage.repositories.tokens import TokenRows
from storage.row_context import RowContext
from storage.tables import installations, tokens


@dataclass(frozen=True, slots=True)
class Installation:
    """One installation. ``team_id`` is None where a whole Enterprise organisation installed the app."""

    enterprise_id: str | None
    team_id: str | None
    team_name: str
    bot_user_id: str
    installed_by: str
    installed_at: datetime

    @property
    def id(self) -> str:
        """How an installation is found: by its workspace, or by its organisation."""
        return f"team/{self.team_id}" if self.team_id else f"enterprise/{self.enterprise_id}"

    @property
    def token_name(self) -> str:
        """The name under which its bot token is kept."""
        return f"slack/{self.id}"


class InstallationRows:
    """The repository of installations."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context
        self._tokens = TokenRows(row_context)

    async def keep(self, installation: Installation) -> None:
        """Keep an installation; one before it is overwritten."""
        await self._context.upsert(installations, id=installation.id, **self._values(installation))

    async def find(self, *, enterprise_id: str | None, team_id: str | None) -> Installation | None:
        """Return the installation that serves a workspace: its own, or its organisation's.

        A workspace whose organisation is not named is served by the one that ``belongs`` noted for it.
        """
        if team_id:
            row = await self._row(f"team/{team_id}")
            if row is not None and row["team_id"]:
                return _installation(row)
            if row is not None:
                enterprise_id = row["enterprise_id"]
        row = await self._row(f"enterprise/{enterprise_id}") if enterprise_id else None
        return _installation(row) if row is not None else None

    async def tenants(self) -> Sequence[str]:
        """List the workspaces and organisations that the app was added to, by their ids."""
        query = (
            sa.select(installations.c.id)
            .where(installations.c.org_id == self._context.org_id)
            .order_by(installations.c.installed_at, installations.c.id)
        )
        return [one.partition("/")[2] for one in (await self._context.connection.execute(query)).scalars()]

    async def of_team(self, team_id: str) -> Installation | None:
        """Return the installation of one workspace itself, never its organisation's."""
        row = await self._row(f"team/{team_id}")
        return _installation(row) if row is not None and row["team_id"] else None

    async def belongs(self, team_id: str, installation: Installation) -> None:
        """Note that an organisation's installation serves a workspace: jobs know their workspace alone."""
        await self._context.insert_new(installations, id=f"team/{team_id}", **self._values(installation))

    async def drop(self, installation: Installation) -> None:
        """Forget an installation and its token; of an organisation's, also which workspaces it served."""
        await self._context.connection.execute(
            sa.delete(tokens).where(tokens.c.name == installation.token_name)
        )
        condition = installations.c.id == installation.id
        if installation.team_id is None:
            served = sa.and_(
                installations.c.team_id.is_(None),
                installations.c.enterprise_id == installation.enterprise_id,
            )
            condition = sa.or_(condition, served)
        await self._context.connection.execute(sa.delete(installations).where(condition))

    def _values(self, installation: Installation) -> dict[str, object]:
        return {"org_id": self._context.org_id, **asdict(installation)}

    async def _row(self, key: str) -> sa.RowMapping | None:
        query = sa.select(installations).where(installations.c.id == key)
        return (await self._context.connection.execute(query)).mappings().one_or_none()


def _installation(row: sa.RowMapping) -> Installation:
    return Installation(**{field.name: row[field.name] for field in fields(Installation)})
