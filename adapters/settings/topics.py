"""The settings by topic. A field here is the variable of that name, in capitals, after ``TVBOT_``."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from adapters.loopback import is_loopback


def _check_outside_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an https address")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("must be https, unless it points at this machine")
    return url.rstrip("/")


def _split_list(value: object) -> object:
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


OutsideUrl = Annotated[str, AfterValidator(_check_outside_url)]
CommaSeparated = Annotated[list[str], NoDecode, BeforeValidator(_split_list)]
"""A list in one variable, separated by commas. ``NoDecode``: pydantic-settings would read it as JSON."""


class ServerSettings(BaseModel):
    """The process itself: addresses, database, keys and logs."""

    public_url: OutsideUrl | None = Field(
        None, description="the https address people and platforms reach the bot at"
    )
    host: str = Field("127.0.0.1", description="where it listens")
    port: int = Field(3978, ge=0, le=65535, description="where it listens")
    database_url: str = Field("sqlite:///tvbot.db", description="SQLite or postgresql://…")
    secret_keys: SecretStr | None = Field(
        None, description="base64 AES-256 keys, comma separated; the first encrypts, all decrypt"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="how much is logged")
    log_format: Literal["console", "json"] = Field("console", description="json for machines")


class SlackSettings(BaseModel):
    """Slack. It is on if its signing secret or its app token is set."""

    slack_signing_secret: SecretStr | None = Field(None, description="Slack is on where this is set")
    slack_bot_token: SecretStr | None = Field(None, description="one workspace; or, for many, the two below")
    slack_client_id: str | None = Field(None, description="installation by OAuth")
    slack_client_secret: SecretStr | None = Field(None, description="installation by OAuth")
    slack_app_token: SecretStr | None = Field(None, description="Socket Mode instead of a public URL")
    slack_command: str = Field("/tv", pattern=r"^/[^\s/]{1,31}$", description="the slash command’s name")
    slack_api_url: OutsideUrl = Field("https://slack.com/api", description="override (tests, GovSlack)")
    slack_authorize_url: OutsideUrl = Field(
        "https://slack.com/oauth/v2/authorize", description="override (tests, GovSlack)"
    )


class TeamsSettings(BaseModel):
    """Microsoft Teams. It is on if its app id is set."""

    teams_app_id: str | None = Field(None, description="Teams is on where this is set")
    teams_app_password: SecretStr | None = Field(None, description="the secret of the Teams app")
    teams_tenant_id: str | None = Field(
        None, pattern=r"^[A-Za-z0-9-]{1,64}$", description="the one tenant that is served, by its ID"
    )
    teams_allow_anonymous: bool = Field(
        default=False,
        description="local tools only: serve Teams with no credentials; refused unless HOST is a loopback address",
    )
    teams_openid_url: OutsideUrl = Field(
        "https://login.botframework.com/v1/.well-known/openidconfiguration",
        description="where the keys of Teams’ requests are found",
    )
    teams_token_url: OutsideUrl | None = Field(
        None, description="where the bot’s own tokens come from; Microsoft’s address for the tenant"
    )


class TeamViewerSettings(BaseModel):
    """TeamViewer."""

    teamviewer_client_id: str | None = Field(None, description="the TeamViewer app")
    teamviewer_client_secret: SecretStr | None = Field(None, description="the TeamViewer app")
    teamviewer_api_url: OutsideUrl = Field(
        "https://webapi.teamviewer.com/api/v1", description="TeamViewer’s API"
    )
    teamviewer_authorize_url: OutsideUrl = Field(
        "https://login.teamviewer.com/oauth2/authorize", description="where technicians sign in"
    )
    teamviewer_group: str = Field(
        "ServiceDesk Plus", min_length=1, description="the group that sessions are created in"
    )


class ServiceDeskSettings(BaseModel):
    """ServiceDesk Plus Cloud, and its sign-in at Zoho."""

    servicedesk_data_center: Literal["us", "eu", "in", "cn", "jp", "au", "ca"] = Field(
        "us", description="us, eu, in, cn, jp, au or ca"
    )
    servicedesk_portal: str | None = Field(
        None, description="the portal’s name in its URL; none for the default"
    )
    servicedesk_client_id: str | None = Field(None, description="the Zoho OAuth client")
    servicedesk_client_secret: SecretStr | None = Field(None, description="the Zoho OAuth client")
    servicedesk_refresh_token: SecretStr | None = Field(None, description="the Zoho OAuth client")
    servicedesk_api_url: OutsideUrl | None = Field(
        None, description="override of the data centre’s, without a path"
    )
    servicedesk_accounts_url: OutsideUrl | None = Field(
        None, description="override of the data centre’s, without a path"
    )
    servicedesk_web_url: OutsideUrl | None = Field(
        None, description="where request links point and which links unfurl"
    )
    servicedesk_hook_secret: SecretStr | None = Field(
        None, description="for /hooks/servicedesk; the route is off without it"
    )


class NoticeSettings(BaseModel):
    """Mail and SMS."""

    smtp_url: SecretStr | None = Field(None, description="smtp://user:pass@host:587?starttls=1")
    mail_from: str | None = Field(None, description="the sender of the bot’s mails")
    sms_url: SecretStr | None = Field(
        None, description="an Apprise URL of an SMS gateway, {to} standing where the number goes"
    )


class ProductSettings(BaseModel):
    """How the bot behaves."""

    admins: CommaSeparated = Field(
        default_factory=list, description="e-mail addresses that are SDAdmins from the start"
    )
    admin_channels: CommaSeparated = Field(
        default_factory=list,
        description="chat channels for admin commands, each by its id or by the link to it",
    )
    language: Literal["en", "fr"] = Field(
        "en",
        description="of requesters’ mails, notes on requests and announcements, and wherever a reader’s is not known: en or fr",
    )
    poll_seconds: int = Field(15, ge=1, le=3600, description="how often open sessions are looked at")
    dead_after_seconds: int = Field(
        30,
        ge=2,
        description="PostgreSQL: when the others take over the work of a process that no longer answers",
    )
    retention_days: int = Field(365, ge=1, description="how long ended sessions and their people are kept")
