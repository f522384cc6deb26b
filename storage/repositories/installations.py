"""Slack installations: the workspaces, or whole Enterprise organisations, that the app was added to.

Their bot tokens are in the table ``tokens``, encrypted.
"""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from bot.values import field_names, value_class
from storage.compiled_statements import Row
from storage.row_context import RowContext
from storage.tables import installations, tokens


@value_class
class SlackInstallation:
    """One installation. ``team_id`` is None if a whole Enterprise organisation installed the app."""

    enterprise_id: str | None
    team_id: str | None
    team_name: str
    bot_user_id: str
    installed_by: str
    installed_at: datetime

    @property
    def id(self) -> str:
        """The key of its row, made of the workspace's id or of the organisation's."""
        return f"team/{self.team_id}" if self.team_id else f"enterprise/{self.enterprise_id}"

    @property
    def token_name(self) -> str:
        """The name under which its bot token is stored."""
        return f"slack/{self.id}"


class SqlInstallationRepository:
    """Stores installations, and which workspace an organisation's installation serves."""

    def __init__(self, row_context: RowContext) -> None:
        self._context = row_context

    async def store_installation(self, installation: SlackInstallation) -> None:
        """Store an installation. It replaces an earlier one of the same workspace or organisation."""
        await self._context.upsert_row(installations, id=installation.id, **self._values(installation))

    async def find_installation(
        self, *, enterprise_id: str | None, team_id: str | None
    ) -> SlackInstallation | None:
        """Return the installation that serves a workspace: its own, or its organisation's.

        Without ``enterprise_id`` the organisation is the one that ``link_workspace`` stored for the workspace.
        """
        if team_id:
            row = await self._fetch_row(f"team/{team_id}")
            if row is not None and row["team_id"]:
                return _read_installation(row)
            if row is not None:
                enterprise_id = row["enterprise_id"]
        row = await self._fetch_row(f"enterprise/{enterprise_id}") if enterprise_id else None
        return _read_installation(row) if row is not None else None

    async def list_installations(self) -> Mapping[str, SlackInstallation]:
        """Return each workspace and organisation that is served, with the installation that serves it, oldest first."""
        query = (
            sa.select(installations)
            .where(installations.c.org_id == self._context.org_id)
            .order_by(installations.c.installed_at, installations.c.id)
        )
        rows = await self._context.fetch_rows(query)
        return {row["id"].partition("/")[2]: _read_installation(row) for row in rows}

    async def find_workspace_installation(self, team_id: str) -> SlackInstallation | None:
        """Return the installation of one workspace itself, never that of its organisation."""
        row = await self._fetch_row(f"team/{team_id}")
        return _read_installation(row) if row is not None and row["team_id"] else None

    async def link_workspace(self, team_id: str, installation: SlackInstallation) -> None:
        """Store that an organisation's installation serves a workspace.

        Jobs know the workspace only, so they find the installation by this row.
        """
        await self._context.put_off_insert(installations, id=f"team/{team_id}", **self._values(installation))

    async def delete_installation(self, installation: SlackInstallation) -> bool:
        """Delete an installation and its token, and the rows of the workspaces that it serves. False if it is gone already."""
        await self._context.connection.execute(
            sa.delete(tokens).where(tokens.c.name == installation.token_name)
        )
        is_affected = installations.c.id == installation.id
        if installation.team_id is None:
            is_linked_workspace = sa.and_(
                installations.c.team_id.is_(None),
                installations.c.enterprise_id == installation.enterprise_id,
            )
            is_affected = sa.or_(is_affected, is_linked_workspace)
        result = await self._context.connection.execute(sa.delete(installations).where(is_affected))
        return result.rowcount > 0

    def _values(self, installation: SlackInstallation) -> dict[str, object]:
        return {
            "org_id": self._context.org_id,
            **{name: getattr(installation, name) for name in field_names(installation)},
        }

    async def _fetch_row(self, key: str) -> Row | None:
        query = sa.select(installations).where(installations.c.id == key)
        return await self._context.fetch_row(query)


def _read_installation(row: Row) -> SlackInstallation:
    return SlackInstallation(**{name: row[name] for name in field_names(SlackInstallation)})
