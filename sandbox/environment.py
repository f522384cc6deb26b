"""A small company to try the bot in: every outside system on loopback, with people and requests in them."""

from dataclasses import dataclass
from typing import Any

from sandbox.mail import Mailbox
from sandbox.servicedesk import ServiceDeskSandbox
from sandbox.slack import SlackSandbox
from sandbox.sms import SmsGateway
from sandbox.teams import TeamsPerson, TeamsSandbox
from sandbox.teamviewer import TeamViewerSandbox

PORTAL = "itdesk"
MAIL_FROM = "tvbot@example.test"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with accounts in the chats: ``user`` is the one in Slack."""

    name: str
    email: str
    user: str
    teams: TeamsPerson


class Environment:
    """All simulated systems together. ``settings`` is what the bot needs to know of them."""

    def __init__(self) -> None:
        self.mailbox = Mailbox()
        self.sms = SmsGateway()
        self.teamviewer = TeamViewerSandbox()
        self.servicedesk = ServiceDeskSandbox(portal=PORTAL, mailbox=self.mailbox)
        self.slack = SlackSandbox()
        self.teams = TeamsSandbox()
        self._smtp_url = ""

    async def start(self) -> None:
        """Start every system on a port of its own."""
        self._smtp_url = self.mailbox.start()
        await self.sms.start()
        await self.teamviewer.start()
        await self.servicedesk.start()
        await self.slack.start()
        await self.teams.start()

    async def stop(self) -> None:
        """Stop every system."""
        await self.teams.stop()
        await self.slack.stop()
        await self.servicedesk.stop()
        await self.teamviewer.stop()
        await self.sms.stop()
        self.mailbox.stop()

    def serve_bot_at(self, public_url: str) -> None:
        """Tell the systems where the bot listens."""
        self.slack.events_url = f"{public_url}/slack/events"
        self.teams.messages_url = f"{public_url}/api/messages"
        self.teamviewer.redirect_uris = [f"{public_url}/oauth/teamviewer/callback"]

    def settings(self) -> dict[str, str]:
        """Return the bot's settings for this town, by their names outside."""
        return {
            "TVBOT_SLACK_SIGNING_SECRET": self.slack.signing_secret,
            "TVBOT_SLACK_BOT_TOKEN": self.slack.bot_token,
            "TVBOT_SLACK_API_URL": self.slack.api_url,
            "TVBOT_SLACK_AUTHORIZE_URL": self.slack.authorize_url,
            "TVBOT_TEAMS_APP_ID": self.teams.app_id,
            "TVBOT_TEAMS_APP_PASSWORD": self.teams.app_password,
            "TVBOT_TEAMS_TENANT_ID": self.teams.tenant,
            "TVBOT_TEAMS_OPENID_URL": self.teams.openid_url,
            "TVBOT_TEAMS_TOKEN_URL": self.teams.token_url,
            "TVBOT_TEAMVIEWER_CLIENT_ID": self.teamviewer.client_id,
            "TVBOT_TEAMVIEWER_CLIENT_SECRET": self.teamviewer.client_secret,
            "TVBOT_TEAMVIEWER_API_URL": self.teamviewer.api_url,
            "TVBOT_TEAMVIEWER_AUTHORIZE_URL": self.teamviewer.authorize_url,
            "TVBOT_SERVICEDESK_PORTAL": PORTAL,
            "TVBOT_SERVICEDESK_CLIENT_ID": self.servicedesk.client_id,
            "TVBOT_SERVICEDESK_CLIENT_SECRET": self.servicedesk.client_secret,
            "TVBOT_SERVICEDESK_REFRESH_TOKEN": self.servicedesk.refresh_token,
            "TVBOT_SERVICEDESK_API_URL": self.servicedesk.api_url,
            "TVBOT_SERVICEDESK_ACCOUNTS_URL": self.servicedesk.accounts_url,
            "TVBOT_SERVICEDESK_WEB_URL": self.servicedesk.web_url,
            "TVBOT_SMTP_URL": self._smtp_url,
            "TVBOT_MAIL_FROM": MAIL_FROM,
            "TVBOT_SMS_URL": self.sms.url,
        }

    def add_technician(self, name: str, email: str, *, locale: str = "en-US", **account: Any) -> Person:
        """Let somebody be a technician with accounts in Slack, in Teams and at TeamViewer."""
        self.servicedesk.add_technician(name, email)
        self.teamviewer.add_account(email, name)
        return self.add_colleague(name, email, locale=locale, **account)

    def add_colleague(self, name: str, email: str, *, locale: str = "en-US", **account: Any) -> Person:
        """Let somebody have accounts in Slack (as ``account`` says) and in Teams, and nothing else."""
        user = self.slack.add_user(name, email, locale=locale, **account)
        return Person(name, email, user, self.teams.add_person(name, email, locale=locale))
