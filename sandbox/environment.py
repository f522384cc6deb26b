"""Every simulated system together, each on its own loopback port."""

from dataclasses import dataclass
from typing import Unpack

from sandbox.mail import Mailbox
from sandbox.servicedesk import ServiceDeskSandbox
from sandbox.slack import AccountOptions, SlackSandbox
from sandbox.sms import SmsGateway
from sandbox.teams import CloudName, TeamsPerson, TeamsSandbox
from sandbox.teamviewer import TeamViewerSandbox

PORTAL = "itdesk"
MAIL_FROM = "tvbot@example.test"


@dataclass(frozen=True, slots=True)
class Person:
    """A person with an account in both chats. ``user`` is the id of the Slack account."""

    name: str
    email: str
    user: str
    teams: TeamsPerson


class Environment:
    """All simulated systems. ``bot_settings`` connects the bot to them."""

    def __init__(self, *, teams_cloud: CloudName = "public") -> None:
        self.mailbox = Mailbox()
        self.sms = SmsGateway()
        self.teamviewer = TeamViewerSandbox(phones=self.sms)
        self.servicedesk = ServiceDeskSandbox(portal=PORTAL, mailbox=self.mailbox)
        self.slack = SlackSandbox()
        self.teams = TeamsSandbox(cloud=teams_cloud)
        self._smtp_url = ""

    async def start(self) -> None:
        """Start every system on its own port."""
        # The mail server runs in its own thread, so its start is not awaited.
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

    def set_bot_url(self, public_url: str) -> None:
        """Tell the systems at which address the bot listens."""
        self.slack.events_url = f"{public_url}/slack/events"
        self.teams.messages_url = f"{public_url}/api/messages"
        self.teamviewer.redirect_uris = [f"{public_url}/oauth/teamviewer/callback"]

    def bot_settings(self) -> dict[str, str]:
        """Return the environment variables that connect the bot to these systems.

        No portal is set, as in the default configuration: the bot works in the default portal.
        """
        return {
            "TVBOT_SLACK_SIGNING_SECRET": self.slack.signing_secret,
            "TVBOT_SLACK_BOT_TOKEN": self.slack.bot_token,
            "TVBOT_SLACK_API_URL": self.slack.api_url,
            "TVBOT_SLACK_AUTHORIZE_URL": self.slack.authorize_url,
            "TVBOT_TEAMS_APP_ID": self.teams.app_id,
            "TVBOT_TEAMS_APP_PASSWORD": self.teams.app_password,
            "TVBOT_TEAMS_TENANT_ID": self.teams.tenant,
            "TVBOT_TEAMS_CLOUD": self.teams.cloud,
            "TVBOT_TEAMS_OPENID_URL": self.teams.openid_url,
            "TVBOT_TEAMS_TOKEN_URL": self.teams.token_url,
            "TVBOT_TEAMVIEWER_CLIENT_ID": self.teamviewer.client_id,
            "TVBOT_TEAMVIEWER_CLIENT_SECRET": self.teamviewer.client_secret,
            "TVBOT_TEAMVIEWER_API_URL": self.teamviewer.api_url,
            "TVBOT_TEAMVIEWER_AUTHORIZE_URL": self.teamviewer.authorize_url,
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

    def add_technician(
        self, name: str, email: str, *, locale: str = "en-US", **slack_account: Unpack[AccountOptions]
    ) -> Person:
        """Add a ServiceDesk Plus technician with accounts in Slack, Teams and TeamViewer."""
        self.servicedesk.add_technician(name, email)
        self.teamviewer.add_account(email, name)
        return self.add_chat_user(name, email, locale=locale, **slack_account)

    def add_chat_user(
        self, name: str, email: str, *, locale: str = "en-US", **slack_account: Unpack[AccountOptions]
    ) -> Person:
        """Add a person who has only chat accounts. ``slack_account`` holds more arguments of ``SlackSandbox.add_user``."""
        user = self.slack.add_user(name, email, locale=locale, **slack_account)
        return Person(name, email, user, self.teams.add_person(name, email, locale=locale))
