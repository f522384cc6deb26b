"""Which token serves which workspace: the one from the settings, or those that installations by OAuth brought."""

import asyncio
from datetime import timedelta
from typing import Any

from slack_bolt.authorization import AuthorizeResult

from adapters.slack.webapi import SlackWebApi
from bot.errors import NotFound
from bot.i18n import _
from bot.model.connection import Tokens
from bot.model.secret import Secret
from bot.ports import Clock
from bot.store import KeptTokens
from bot.tokens import LeasedTokens
from storage.books import SqlBooks
from storage.repositories.installations import Installation

_LONG = timedelta(days=3650)
"""A bot token without rotation has no end."""


class OneWorkspace:
    """One workspace, whose bot token stands in the settings."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    async def token_of(self, _tenant: str) -> Secret:
        """Return the token, whichever workspace is asked for."""
        return self._token

    async def authorize(self, enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        """Vouch for every workspace: the request was signed with the app's own secret."""
        return _authorized(enterprise_id, team_id, None, self._token)


class ManyWorkspaces:
    """Workspaces and Enterprise organisations that the app was added to."""

    def __init__(self, books: SqlBooks, clock: Clock, client_id: str, client_secret: Secret) -> None:
        self._books = books
        self._clock = clock
        self._client_id = client_id
        self._client_secret = client_secret
        self._sources: dict[str, LeasedTokens] = {}
        self._opening = asyncio.Lock()
        self.api: SlackWebApi | None = None

    async def token_of(self, tenant: str) -> Secret:
        """Return a workspace's token, a new one where it rotates and its time is nearly over. Raises NotFound."""
        installation = await self._find(None, tenant)
        if installation is None:
            raise NotFound(_("The app is not installed in this workspace. Ask its administrator to add it."))
        return await self._source(installation).token()

    async def authorize(self, enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        """Vouch for a workspace that the app was added to; None for any other."""
        installation = await self._find(enterprise_id, team_id)
        if installation is None:
            return None
        token = await self._source(installation).token()
        return _authorized(enterprise_id, team_id, installation.bot_user_id, token)

    async def keep(self, answer: dict[str, Any]) -> Installation:
        """Keep what ``oauth.v2.access`` answered."""
        installation = _installation(answer, self._clock)
        expires_in = answer.get("expires_in")
        kept = KeptTokens(
            Secret(str(answer["access_token"])),
            Secret(str(answer["refresh_token"])) if answer.get("refresh_token") else None,
            self._clock() + (timedelta(seconds=int(expires_in)) if expires_in else _LONG),
        )
        async with self._books.write() as tx:
            await tx.installations.keep(installation)
            await tx.tokens.put(installation.token_name, kept)
        return installation

    async def forget(self, enterprise_id: str | None, team_id: str | None) -> None:
        """Forget a workspace that removed the app, or took its tokens back."""
        async with self._books.write() as tx:
            installation = await tx.installations.find(enterprise_id=enterprise_id, team_id=team_id)
            if installation is not None:
                await tx.installations.drop(installation)

    async def _find(self, enterprise_id: str | None, team_id: str | None) -> Installation | None:
        tenant_is_enterprise = team_id is not None and team_id.startswith("E")
        async with self._books.read() as tx:
            return await tx.installations.find(
                enterprise_id=team_id if tenant_is_enterprise else enterprise_id, team_id=team_id
            )

    def _source(self, installation: Installation) -> LeasedTokens:
        name = installation.token_name
        if name not in self._sources:
            self._sources[name] = LeasedTokens(self._books, name, self._refresh, self._clock)
        return self._sources[name]

    async def _refresh(self, refresh_token: Secret | None) -> Tokens:
        if refresh_token is None or self.api is None:
            raise NotFound(_("The app must be added to this workspace again."))
        answer = await self.api.call_with(
            None,
            "oauth.v2.access",
            client_id=self._client_id,
            client_secret=self._client_secret.reveal(),
            grant_type="refresh_token",
            refresh_token=refresh_token.reveal(),
        )
        return Tokens(
            Secret(str(answer["access_token"])),
            Secret(str(answer["refresh_token"])),
            int(answer["expires_in"]),
        )


def _authorized(
    enterprise_id: str | None, team_id: str | None, bot_user_id: str | None, token: Secret
) -> AuthorizeResult:
    return AuthorizeResult(
        enterprise_id=enterprise_id, team_id=team_id, bot_user_id=bot_user_id, bot_token=token.reveal()
    )


def _installation(answer: dict[str, Any], clock: Clock) -> Installation:
    team, enterprise = answer.get("team") or {}, answer.get("enterprise") or {}
    return Installation(
        enterprise_id=enterprise.get("id"),
        team_id=None if answer.get("is_enterprise_install") else team.get("id"),
        team_name=str(team.get("name") or enterprise.get("name") or ""),
        bot_user_id=str(answer.get("bot_user_id") or ""),
        app_id=str(answer.get("app_id") or ""),
        scopes=str(answer.get("scope") or ""),
        installed_by=str((answer.get("authed_user") or {}).get("id") or ""),
        installed_at=clock(),
    )
