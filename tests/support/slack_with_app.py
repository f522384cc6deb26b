"""The simulated Slack with a workspace, and the bot's installations in it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.slack.installations import ManyWorkspaces
from bot.errors import NotFound
from sandbox.slack import SlackSandbox

TRUSTED = ("T0FIRM", "T0OTHER", "E0GRID")


@dataclass
class Clock:
    """The real time, plus an offset."""

    after: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.after


@dataclass
class SlackWithApp:
    """The simulated Slack with a workspace, and the bot's installations."""

    slack: SlackSandbox
    workspaces: ManyWorkspaces
    team: str
    clock: Clock

    async def add_app(self, to: str | None = None, **more: Any) -> None:
        """Add the app to a workspace, with the answer of ``oauth.v2.access``."""
        token, refresh = self.slack.state.tokens.issue_token(to or self.team, set())
        answer = {
            "access_token": token.value,
            "refresh_token": refresh,
            "expires_in": 43_200 if refresh else None,
            "bot_user_id": "UB1",
            "team": {"id": to or self.team, "name": "Firm"},
            "authed_user": {"id": "U1"},
            **more,
        }
        await self.workspaces.store_installation(answer)

    async def has(self, tenant: str | None = None) -> bool:
        try:
            return bool(await self.workspaces.token_of(tenant or self.team))
        except NotFound:
            return False
