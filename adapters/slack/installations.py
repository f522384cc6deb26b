"""The tokens of workspaces: the one in the settings, or those of installations by OAuth."""

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import structlog
from slack_bolt.authorization import AuthorizeResult

from adapters.dates import parse_seconds
from adapters.slack.origin import NamedTenants
from adapters.slack.webapi import SlackRejected, SlackWebApi
from bot.access import STRANGER
from bot.authorizations import StoredTokens
from bot.errors import BotError, NotAllowed, NotAuthorized, NotFound
from bot.i18n import _
from bot.model.audit import Action, AuditEntry
from bot.model.connection import Tokens
from bot.model.secret import Secret
from bot.model.technician import Platform
from bot.ports import Clock
from bot.tokens import LeasedTokens
from bot.values import value_class
from storage.repositories.installations import SlackInstallation
from storage.unit_of_work import SqlUnitOfWork

log = structlog.get_logger("slack")
NOT_INSTALLED = _("The app is not installed in this workspace. Ask its administrator to add it.")
_DEAD = {"invalid_refresh_token", "token_revoked", "token_expired", "invalid_auth", "account_inactive"}
_DEFAULT_LIFETIME_SECONDS = 43_200
"""Lifetime of a token that is rotated (Slack: token rotation)."""
_LONGEST_LIFETIME_SECONDS = 366 * 86_400
_EVENT = "slack-event"
_EVENT_FOR = timedelta(hours=25)
"""Slack repeats an event for at most a day."""


@value_class
class _TokenScope:
    """What a token is valid for, by ``auth.test``: one workspace or, if ``is_whole``, all of its organization."""

    team: str
    enterprise: str | None
    is_whole: bool

    def has(self, enterprise_id: str | None, team_id: str | None) -> bool:
        return team_id == self.team or (
            self.is_whole and self.enterprise is not None and self.enterprise in {enterprise_id, team_id}
        )


class OneWorkspace:
    """One workspace, whose bot token is in the settings. People of any other workspace are refused.

    In a channel that is shared with another organization, its people can press the bot's buttons too. Slack signs such a
    press like any other, and it names their workspace. So ``auth.test`` finds out once which workspace is the token's.
    """

    refusal = STRANGER

    def __init__(self, token: Secret) -> None:
        self._token = token
        self._scope: _TokenScope | None = None
        self._lookup = asyncio.Lock()
        self.api: SlackWebApi | None = None

    async def find_own_workspace(self) -> None:
        """Find out the token's workspace before it is needed. If Slack does not answer, that happens later."""
        try:
            await self._own_workspace()
        except BotError as error:
            log.warning("the workspace of the token is not known yet", error=error.log_text)

    async def token_of(self, tenant: str) -> Secret:
        """Return the token of its own workspace. Raises NotAllowed for any other, Unavailable, SlackRejected."""
        scope = await self._own_workspace()
        # Only the workspace's own id is known here. Slack decides whether it belongs to the token's organization.
        if not scope.is_whole and not scope.has(None, tenant):
            raise NotAllowed(STRANGER)
        return self._token

    async def tenants(self) -> Sequence[str]:
        """List the one workspace. Raises Unavailable, SlackRejected."""
        return [(await self._own_workspace()).team]

    @property
    def only_workspace(self) -> str | None:
        """The workspace that alone is trusted. None while it is not known, and with a token for a whole organization."""
        return None if self._scope is None or self._scope.is_whole else self._scope.team

    async def homes_for(self, tenant: str) -> Collection[str]:
        """Return where a person who acts in ``tenant`` must be at home. Raises Unavailable, SlackRejected.

        That is the workspace or its Enterprise organization, whose members are colleagues in all of its workspaces. A token
        for a whole organization says nothing about a single workspace, so there the organization alone counts.
        """
        scope = await self._own_workspace()
        if scope.is_whole:
            return {scope.enterprise or scope.team}
        return {tenant, scope.enterprise} if scope.enterprise else {tenant}

    async def find_tenant(self, named: NamedTenants) -> str | None:
        """Return the workspace by which a payload is handled: one that the token is for. None if the payload names none.

        A colleague of the same Enterprise organization may act from another workspace of it.
        """
        scope = self._scope
        if scope is None:
            return named.first or None
        for enterprise in (*named.enterprises, None):
            for workspace in (*named.workspaces, enterprise):
                if workspace is not None and scope.has(enterprise, workspace):
                    return workspace
        return scope.team if scope.enterprise in named.enterprises else None

    async def authorize(self, enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        """Authorize the token's own workspace. None for any other.

        No outside call may delay an answer. Until the token's workspace is known, every workspace is authorized here; then
        ``token_of`` refuses the others before a profile is read, so that nobody is identified.
        """
        if self._scope is not None and not self._scope.has(enterprise_id, team_id):
            return None
        return _authorized(enterprise_id, team_id, None, self._token)

    async def _own_workspace(self) -> _TokenScope:
        async with self._lookup:
            if self._scope is None:
                if self.api is None:
                    raise RuntimeError("the workspaces have no way to ask Slack yet")
                answer = await self.api.call_with(self._token, "auth.test")
                enterprise = answer.get("enterprise_id")
                self._scope = _TokenScope(
                    str(answer.get("team_id") or ""),
                    str(enterprise) if enterprise else None,
                    bool(answer.get("is_enterprise_install")),
                )
            return self._scope


class ManyWorkspaces:
    """The workspaces and Enterprise organizations that the app was added to, as far as they are trusted.

    ``trusted`` are the ids of those that may add the app (``TVBOT_SLACK_WORKSPACES``). Anybody can found a workspace and
    give an account there a technician's e-mail address. So an installation from elsewhere is never found: nothing that is
    sent from there is dispatched, and nothing is read or posted there.
    """

    refusal = NOT_INSTALLED

    def __init__(
        self,
        unit_of_work: SqlUnitOfWork,
        clock: Clock,
        client_id: str,
        client_secret: Secret,
        *,
        trusted: Collection[str],
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._client_id = client_id
        self._client_secret = client_secret
        self._trusted = frozenset(trusted)
        self._sources: dict[str, LeasedTokens] = {}
        self._served: set[str] = set()
        self.api: SlackWebApi | None = None

    async def token_of(self, tenant: str) -> Secret:
        """Return a workspace's token, refreshed if it rotates and expires soon. Raises NotFound."""
        installation = await self._find(None, tenant)
        if installation is None:
            raise NotFound(NOT_INSTALLED)
        try:
            return await self._source(installation).token()
        except NotAuthorized:
            log.warning("an installation is dead", workspace=installation.id)
            raise NotFound(NOT_INSTALLED) from None

    def trusts(self, installation: SlackInstallation) -> bool:
        """Whether an installation is from a workspace or an organization that may add the app."""
        return not self._trusted.isdisjoint({installation.team_id, installation.enterprise_id})

    async def tenants(self) -> Sequence[str]:
        """List the workspaces and organizations that the app was added to."""
        async with self._unit_of_work.read() as tx:
            served = await tx.installations.list_installations()
        return [tenant for tenant, installation in served.items() if self.trusts(installation)]

    async def homes_for(self, tenant: str) -> Collection[str]:
        """Return where a person who acts in ``tenant`` must be at home: there, or in its Enterprise organization."""
        installation = await self._find(None, tenant)
        if installation is None or installation.enterprise_id is None:
            return {tenant}
        return {tenant, installation.enterprise_id}

    async def find_tenant(self, named: NamedTenants) -> str | None:
        """Return the workspace or organization by whose installation a payload is handled. None if there is none.

        A colleague of an Enterprise organization may act from a workspace without the app. If one workspace of the
        organization has it, that is the one.
        """
        for workspace in named.workspaces:
            for enterprise in (None, *named.enterprises):
                if await self._find(enterprise, workspace) is not None:
                    return workspace
        for enterprise in named.enterprises:
            if await self._find(None, enterprise) is not None:
                return enterprise
        return await self._find_colleagues_workspace(named.enterprises) if named.enterprises else None

    async def _find_colleagues_workspace(self, enterprises: Collection[str]) -> str | None:
        async with self._unit_of_work.read() as tx:
            served = (await tx.installations.list_installations()).values()
        found = {
            one.team_id
            for one in served
            if one.team_id and one.enterprise_id in enterprises and self.trusts(one)
        }
        return found.pop() if len(found) == 1 else None

    async def authorize(self, enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        """Authorize a workspace that the app was added to. None for any other.

        The result holds no token: it may need a refresh, and no outside call may delay an answer.
        """
        installation = await self._find(enterprise_id, team_id)
        if installation is None:
            return None
        if installation.team_id is None and team_id and team_id not in self._served:
            async with self._unit_of_work.write() as tx:
                await tx.installations.link_workspace(team_id, installation)
            self._served.add(team_id)
        return _authorized(enterprise_id, team_id, installation.bot_user_id, None)

    async def store_installation(self, answer: dict[str, Any]) -> SlackInstallation:
        """Store the installation that ``oauth.v2.access`` returned.

        One that is not trusted is stored too, so that its token is revoked even after a crash: see ``remove_untrusted``.
        """
        installation = _installation(answer, self._clock)
        tokens = _tokens(answer)
        ends_at = self._clock() + timedelta(seconds=tokens.expires_in) if tokens.expires_in else None
        stored = StoredTokens(tokens.access, tokens.refresh, ends_at)
        async with self._unit_of_work.write() as tx:
            await tx.installations.store_installation(installation)
            await tx.tokens.store(installation.token_name, stored)
            if not self.trusts(installation):
                await tx.audit.append(self._audit_entry(Action.INSTALLATION_REFUSED, installation))
        return installation

    async def remove_untrusted(self) -> None:
        """Revoke the tokens of all installations that are not trusted, and delete these. Forget the people of other tenants.

        Raises Unavailable, SlackRejected. What is left then is removed by the next call.
        """
        async with self._unit_of_work.read() as tx:
            served = await tx.installations.list_installations()
        for installation in {one.id: one for one in served.values() if not self.trusts(one)}.values():
            await self._revoke(installation)
            async with self._unit_of_work.write() as tx:
                if await tx.installations.delete_installation(installation):
                    await tx.audit.append(self._audit_entry(Action.INSTALLATION_REMOVED, installation))
                    log.warning("removed from a workspace that is not trusted", workspace=installation.id)
        self._served.clear()
        trusted = self._trusted.union(await self.tenants())
        async with self._unit_of_work.write() as tx:
            await tx.people.forget_other_tenants(Platform.SLACK, trusted)

    async def _revoke(self, installation: SlackInstallation) -> None:
        """Revoke the token of an installation. One that is dead already is no error."""
        api = self.api
        if api is None:
            raise RuntimeError("the workspaces have no way to ask Slack yet")

        async def revoke(token: Secret) -> None:
            try:
                await api.call_with(token, "auth.revoke")
            except SlackRejected as error:
                if error.code not in _DEAD:
                    raise

        with suppress(NotAuthorized):
            await self._source(installation).end(revoke)

    def _audit_entry(self, action: Action, installation: SlackInstallation) -> AuditEntry:
        return AuditEntry(self._clock(), "slack", action, f"{installation.id} by {installation.installed_by}")

    async def delete_installation(
        self, *, enterprise_id: str | None, team_id: str | None, event_id: str, happened_at: datetime
    ) -> bool:
        """Delete an installation that was removed. False if there is none, or if it is newer than its removal.

        With ``team_id`` it is the workspace's own installation, never the organization's. A repeated event does nothing.
        """
        now = self._clock()
        async with self._unit_of_work.write() as tx:
            if await tx.states.peek(event_id, _EVENT, now) is not None:
                return False
            await tx.states.put(event_id, _EVENT, "handled", now + _EVENT_FOR)
            if team_id is not None:
                installation = await tx.installations.find_workspace_installation(team_id)
            else:
                installation = await tx.installations.find_installation(
                    enterprise_id=enterprise_id, team_id=None
                )
            if installation is None or happened_at < installation.installed_at.replace(microsecond=0):
                return False
            await tx.installations.delete_installation(installation)
            tenant = installation.team_id or installation.enterprise_id or ""
            await tx.memberships.forget_tenant(Platform.SLACK, tenant)
        self._served.clear()
        return True

    async def _find(self, enterprise_id: str | None, team_id: str | None) -> SlackInstallation | None:
        tenant_is_enterprise = team_id is not None and team_id.startswith("E")
        async with self._unit_of_work.read() as tx:
            found = await tx.installations.find_installation(
                enterprise_id=team_id if tenant_is_enterprise else enterprise_id, team_id=team_id
            )
        return found if found is not None and self.trusts(found) else None

    def _source(self, installation: SlackInstallation) -> LeasedTokens:
        name = installation.token_name
        if name not in self._sources:
            self._sources[name] = LeasedTokens(self._unit_of_work, name, self._refresh, self._clock)
        return self._sources[name]

    async def _refresh(self, refresh_token: Secret | None) -> Tokens:
        if refresh_token is None or self.api is None:
            raise NotAuthorized(NOT_INSTALLED)
        try:
            answer = await self.api.call_with(
                None,
                "oauth.v2.access",
                client_id=self._client_id,
                client_secret=self._client_secret.reveal(),
                grant_type="refresh_token",
                refresh_token=refresh_token.reveal(),
            )
        except SlackRejected as error:
            if error.code in _DEAD:
                raise NotAuthorized(NOT_INSTALLED) from None
            raise
        return _tokens(answer)


def _authorized(
    enterprise_id: str | None, team_id: str | None, bot_user_id: str | None, token: Secret | None
) -> AuthorizeResult:
    return AuthorizeResult(
        enterprise_id=enterprise_id,
        team_id=team_id,
        bot_user_id=bot_user_id,
        bot_token=token.reveal() if token else None,
    )


def _tokens(answer: dict[str, Any]) -> Tokens:
    refresh = answer.get("refresh_token")
    return Tokens(
        Secret(str(answer["access_token"])),
        Secret(str(refresh)) if refresh else None,
        _lifetime_seconds(answer),
    )


def _lifetime_seconds(answer: dict[str, Any]) -> int:
    """Return ``expires_in``. 0 for a token without an end: only one with a refresh token has one."""
    seconds = parse_seconds(answer.get("expires_in"), longest=_LONGEST_LIFETIME_SECONDS)
    return seconds or (_DEFAULT_LIFETIME_SECONDS if answer.get("refresh_token") else 0)


def _installation(answer: dict[str, Any], clock: Clock) -> SlackInstallation:
    team, enterprise = answer.get("team") or {}, answer.get("enterprise") or {}
    return SlackInstallation(
        enterprise_id=enterprise.get("id"),
        team_id=None if answer.get("is_enterprise_install") else team.get("id"),
        team_name=str(team.get("name") or enterprise.get("name") or ""),
        bot_user_id=str(answer.get("bot_user_id") or ""),
        installed_by=str((answer.get("authed_user") or {}).get("id") or ""),
        installed_at=clock(),
    )
