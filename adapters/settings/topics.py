"""The settings by topic. A field here is the variable of that name, in capitals, after ``TVBOT_``."""

import re
from datetime import date
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from adapters.loopback import is_loopback
from adapters.settings.database_url import check_database_url


def _check_outside_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it raises ValueError if the port is not a number
    except ValueError:
        raise ValueError("must be an https address") from None  # Python's own message quotes the value.
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an https address")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("must be https, unless it points at this machine")
    return url.rstrip("/")


def _check_origin(url: str) -> str:
    """Return the address with its host in lower case."""
    _check_outside_url(url)
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("must be an address without a path, like https://helpdesk.example.com")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _check_web_url(url: str) -> str:
    origin, in_portal, portal = url.rstrip("/").partition("/app/")
    if in_portal and not re.fullmatch(r"[^/?#\\\s]+", portal):
        raise ValueError("must end after the portal’s name, like https://helpdesk.example.com/app/itdesk")
    return f"{_check_origin(origin)}{in_portal}{portal}"


def _split_list(value: object) -> object:
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def _check_workspaces(ids: list[str]) -> list[str]:
    if not all(re.fullmatch(r"[TE][A-Z0-9]+", one) for one in ids):
        raise ValueError("must be ids like T0123ABCD or E0123ABCD, separated by commas")
    return ids


def _check_addresses(addresses: list[str]) -> list[str]:
    if not all(_EMAIL.fullmatch(one) for one in addresses):
        raise ValueError("must be e-mail addresses, separated by commas")
    return addresses


def _check_sender(sender: str) -> str:
    if not _EMAIL.fullmatch(parseaddr(sender)[1]):
        raise ValueError("must be an e-mail address, perhaps with a name: Help <help@example.com>")
    return sender


def _check_phone_region(region: str) -> str:
    code = region.strip().upper()
    if code == NO_PHONE_REGION.upper():
        return NO_PHONE_REGION
    from adapters.notify.phone import is_phone_region  # noqa: PLC0415 - the numbers of all countries, for few settings

    if not is_phone_region(code):
        raise ValueError("must be the code of a country, like US or FR, or none")
    return code


def _check_timezone(name: str) -> str:
    try:
        return ZoneInfo(name.strip()).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("must be a time zone, like Europe/Paris or America/New_York") from None


_EMAIL = re.compile(r"[^\s@,]+@[^\s@,]+")
NO_PHONE_REGION = "none"
"""The value of ``PHONE_REGION`` with which every number needs its country code."""
OutsideUrl = Annotated[str, AfterValidator(_check_outside_url)]
Origin = Annotated[str, AfterValidator(_check_origin)]
DatabaseUrl = Annotated[str, AfterValidator(check_database_url)]
WebUrl = Annotated[str, AfterValidator(_check_web_url)]
"""An origin, perhaps with the portal: ``https://helpdesk.example.com/app/itdesk``."""
TimeZone = Annotated[str, AfterValidator(_check_timezone)]
"""A time zone by its IANA name."""
PhoneRegion = Annotated[str, AfterValidator(_check_phone_region)]
CommaSeparated = Annotated[list[str], NoDecode, BeforeValidator(_split_list)]
"""A list in one variable, separated by commas. ``NoDecode``: pydantic-settings would read it as JSON."""
Addresses = Annotated[list[str], NoDecode, BeforeValidator(_split_list), AfterValidator(_check_addresses)]
"""E-mail addresses."""
Sender = Annotated[str, AfterValidator(_check_sender)]
"""An e-mail address, perhaps with a name."""
WorkspaceIds = Annotated[list[str], NoDecode, BeforeValidator(_split_list), AfterValidator(_check_workspaces)]
"""Ids of Slack: T… for a workspace, E… for an Enterprise Grid organization."""


class ServerSettings(BaseModel):
    """The process itself: addresses, database, keys and logs."""

    public_url: OutsideUrl | None = Field(
        None, description="the https address at which people and platforms reach the bot"
    )
    host: str = Field("127.0.0.1", description="the address on which the bot listens")
    port: int = Field(3978, ge=0, le=65535, description="the port on which the bot listens")
    operations_host: str = Field(
        "127.0.0.1", description="the address on which the bot listens for operators, with OPERATIONS_PORT"
    )
    operations_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="a port of its own for /metrics, /readyz and /healthz; /metrics is then no longer on PORT",
    )
    database_url: DatabaseUrl = Field("sqlite:///tvbot.db", description="SQLite or postgresql://…")
    secret_keys: SecretStr | None = Field(
        None, description="AES-256 keys in base64, separated by commas; the first encrypts, all decrypt"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="how much is logged")
    log_format: Literal["console", "json"] = Field(
        "console", description="console for people, json for machines"
    )

    @property
    def uses_sqlite(self) -> bool:
        """Whether the database is an SQLite file."""
        return self.database_url.startswith("sqlite")


class SlackSettings(BaseModel):
    """Slack. It is on if its signing secret or its app token is set."""

    slack_signing_secret: SecretStr | None = Field(None, description="switches Slack on")
    slack_bot_token: SecretStr | None = Field(
        None, description="for one workspace; for several, set the two below instead"
    )
    slack_client_id: str | None = Field(None, description="installation by OAuth")
    slack_client_secret: SecretStr | None = Field(None, description="installation by OAuth")
    slack_workspaces: WorkspaceIds = Field(
        default_factory=list,
        description="with OAuth, required: ids of the workspaces or Enterprise Grid organizations that may add the app, separated by commas",
    )
    slack_allow_unconfirmed_email: bool = Field(
        default=False,
        description="for single sign-on whose addresses Slack does not call confirmed: trust them all the same",
    )
    slack_app_token: SecretStr | None = Field(None, description="Socket Mode instead of a public URL")
    slack_command: str = Field("/tv", pattern=r"^/[^\s/]{1,31}$", description="the slash command’s name")
    slack_api_url: OutsideUrl = Field("https://slack.com/api", description="override (tests, GovSlack)")
    slack_authorize_url: OutsideUrl = Field(
        "https://slack.com/oauth/v2/authorize", description="override (tests, GovSlack)"
    )


class TeamsSettings(BaseModel):
    """Microsoft Teams. It is on if its app id is set."""

    teams_app_id: str | None = Field(None, description="switches Teams on")
    teams_app_password: SecretStr | None = Field(None, description="the secret of the Teams app")
    teams_secret_ends: date | None = Field(
        None,
        description="the last day of that secret, like 2027-05-31; SDAdmins get a warning a month and a week before",
    )
    teams_managed_identity: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9-]{1,64}$",
        description="instead of the secret: the client ID of a user-assigned managed identity of this Azure host",
    )
    teams_federated_token_file: Path | None = Field(
        None,
        description="instead of the secret: the file with a federated token that the Teams app trusts, such as Kubernetes’",
    )
    teams_tenant_id: str | None = Field(
        None, pattern=r"^[A-Za-z0-9-]{1,64}$", description="the ID of the only tenant that may use the bot"
    )
    teams_cloud: Literal["public", "gcc-high", "dod", "china"] = Field(
        "public", description="the Microsoft cloud of the tenant: public, gcc-high, dod or china"
    )
    teams_allow_anonymous: bool = Field(
        default=False,
        description="local tools only: serve Teams with no credentials; refused unless HOST is a loopback address",
    )
    teams_openid_url: OutsideUrl | None = Field(
        None,
        description="where the keys that verify Teams’ requests are published; default: Microsoft’s address for the cloud",
    )
    teams_token_url: OutsideUrl | None = Field(
        None,
        description="where the bot gets its own tokens; default: Microsoft’s address for the cloud and the tenant",
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
    teamviewer_pkce: bool = Field(
        default=False,
        description="sign in with PKCE; switch it on if a sign-in with it works, as TeamViewer does not document that",
    )
    teamviewer_group: str = Field(
        "ServiceDesk Plus", min_length=1, description="the group in which sessions are created"
    )


class ServiceDeskSettings(BaseModel):
    """ServiceDesk Plus Cloud, and its sign-in at Zoho."""

    servicedesk_data_center: Literal["us", "eu", "in", "cn", "jp", "au", "ca"] = Field(
        "us", description="us, eu, in, cn, jp, au or ca"
    )
    servicedesk_portal: str | None = Field(
        None, description="the portal’s name in its URL; empty for the default portal"
    )
    servicedesk_client_id: str | None = Field(None, description="the Zoho OAuth client")
    servicedesk_client_secret: SecretStr | None = Field(None, description="the Zoho OAuth client")
    servicedesk_refresh_token: SecretStr | None = Field(None, description="the Zoho OAuth client")
    servicedesk_api_url: Origin | None = Field(
        None, description="replaces the data centre’s address; without a path"
    )
    servicedesk_accounts_url: Origin | None = Field(
        None, description="replaces the data centre’s address; without a path"
    )
    servicedesk_web_url: Annotated[list[WebUrl], NoDecode, BeforeValidator(_split_list)] = Field(
        default_factory=list,
        description=(
            "where request links point and which links are recognized; several, separated by commas; the first is "
            "written; default: the data centre’s"
        ),
    )
    servicedesk_record: Literal["note", "worklog", "none"] = Field(
        "note",
        description="what the end of a session leaves on the request: note, worklog (note and worklog) or none",
    )
    servicedesk_hook_secret: SecretStr | None = Field(
        None, description="the secret of /hooks/servicedesk, which is off without it"
    )


class NoticeSettings(BaseModel):
    """Mail and SMS."""

    smtp_url: SecretStr | None = Field(
        None,
        description="smtp://user:pass@host:587?starttls=1; mails technicians, and requesters if ServiceDesk Plus does not take the reply",
    )
    mail_from: Sender | None = Field(None, description="the sender of the bot’s mails")
    sms_url: SecretStr | None = Field(
        None, description="an Apprise URL of an SMS gateway, with {to} in place of the number"
    )
    sms_via: Literal["auto", "teamviewer", "gateway", "none"] = Field(
        "auto",
        description="who sends SMS: teamviewer, gateway, none, or auto (the gateway if SMS_URL is set, else TeamViewer)",
    )
    phone_region: PhoneRegion | None = Field(
        None,
        description="the country of phone numbers without a country code, like US; none: such numbers get no SMS; "
        "default: the data centre’s country, for eu none",
    )


class ProductSettings(BaseModel):
    """How the bot behaves."""

    admins: Addresses = Field(default_factory=list, description="e-mail addresses of the first SDAdmins")
    admin_channels: CommaSeparated = Field(
        default_factory=list,
        description="chat channels for admin commands, each as an id or as a link",
    )
    language: Literal["en", "fr"] = Field(
        "en",
        description="the language of mails to requesters, notes and announcements, and for readers whose language is not known: en or fr",
    )
    timezone: TimeZone = Field(
        "UTC",
        description="the time zone of the hours in rules (admin policy), and of planned sessions where a person’s own is not known, like Europe/Paris",
    )
    poll_seconds: int = Field(
        15, ge=1, le=3600, description="seconds between two checks of the open sessions"
    )
    dead_after_seconds: int = Field(
        30,
        ge=2,
        description="PostgreSQL: seconds until other processes take over the work of one that no longer answers",
    )
    stop_seconds: int = Field(
        8,
        ge=1,
        le=300,
        description="seconds that a stop waits for calls that are under way; the container runtime’s own limit must be longer",
    )
    retention_days: int = Field(
        365, ge=1, description="days for which ended sessions and their people are stored"
    )
    creations_per_hour: int | None = Field(
        None,
        ge=1,
        description="how many sessions one person can create in an hour; without it as many as they want",
    )
    tell_requester_in_chat: bool = Field(
        default=False,
        description="invite a requester in Slack or Teams too, where an account with their address is found there",
    )
    report_names: bool = Field(
        default=True, description="whether reports show how many sessions each technician had"
    )
