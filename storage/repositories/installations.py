"""Slack workspaces (or whole Enterprise organisations) that the app was added to. Their tokens go through the vault."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.repositories.tokens import TokenRows
from storage.row import Shelf
from storage.tables import installations, tokens


@dataclass(frozen=True, slots=True)
class Installation:
    """One installation. ``team_id`` is None where a whole Enterprise organisation installed the app."""

    enterprise_id: str | None
    team_id: str | None
    team_name: str
    bot_user_id: str
    app_id: str
    scopes: str
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

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._tokens = TokenRows(shelf)

    async def keep(self, installation: Installation) -> None:
        """Keep an installation; one before it is overwritten."""
        await self._shelf.upsert(
            installations,
            id=installation.id,
            org_id=self._shelf.org_id,
            enterprise_id=installation.enterprise_id,
            team_id=installation.team_id,
            team_name=installation.team_name,
            bot_user_id=installation.bot_user_id,
            app_id=installation.app_id,
            scopes=installation.scopes,
            installed_by=installation.installed_by,
            installed_at=installation.installed_at,
        )

    async def find(self, *, enterprise_id: str | None, team_id: str | None) -> Installation | None:
        """Return the installation that serves a workspace: its own, or its organisation's."""
        wanted = [f"team/{team_id}"] if team_id else []
        wanted += [f"enterprise/{enterprise_id}"] if enterprise_id else []
        query = sa.select(installations).where(installations.c.id.in_(wanted))
        rows = {row["id"]: row for row in (await self._shelf.connection.execute(query)).mappings()}
        for key in wanted:
            if key in rows:
                return _installation(rows[key])
        return None

    async def drop(self, installation: Installation) -> None:
        """Forget an installation and its token."""
        await self._shelf.connection.execute(
            sa.delete(tokens).where(tokens.c.name == installation.token_name)
        )
        await self._shelf.connection.execute(
            sa.delete(installations).where(installations.c.id == installation.id)
        )


def _installation(row: sa.RowMapping) -> Installation:
    return Installation(
        enterprise_id=row["enterprise_id"],
        team_id=row["team_id"],
        team_name=row["team_name"],
        bot_user_id=row["bot_user_id"],
        app_id=row["app_id"],
        scopes=row["scopes"],
        installed_by=row["installed_by"],
        installed_at=row["installed_at"],
    )
