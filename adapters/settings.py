"""The settings: one table, from the environment or a ``.env`` file, that makes validation, doctor and the manual."""

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from adapters.notify.mail_server import MailServer
from bot.model.secret import Secret
from storage.vault import BadKey, Vault

PREFIX = "TVBOT_"
_PATTERNS = {
    "SLACK_COMMAND": "must be a slash and a word, like /tv",
    "TEAMS_TENANT_ID": "must be the tenant’s ID, not its domain name",
}
"""What a setting with a pattern must be, in words."""


class BadSettings(Exception):
    """One or more settings are missing or wrong. ``problems`` names each, never its value."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _outside_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an https address")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("must be https, unless it points at this machine")
    return url.rstrip("/")


def _listed(value: Any) -> Any:
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


OutsideUrl = Annotated[str, AfterValidator(_outside_url)]
Listed = Annotated[list[str], NoDecode]


class Settings(BaseSettings):
    """Everything an operator can set. A name here is its name outside, after ``TVBOT_``."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True
    )

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

    smtp_url: SecretStr | None = Field(None, description="smtp://user:pass@host:587?starttls=1")
    mail_from: str | None = Field(None, description="the sender of the bot’s mails")
    sms_url: SecretStr | None = Field(
        None, description="an Apprise URL of an SMS gateway, {to} standing where the number goes"
    )

    admins: Listed = Field(
        default_factory=list, description="e-mail addresses that are SDAdmins from the start"
    )
    admin_channels: Listed = Field(
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

    @model_validator(mode="before")
    @classmethod
    def _split_lists(cls, values: Any) -> Any:
        for name in ("admins", "admin_channels"):
            if isinstance(values, dict) and name in values:
                values[name] = _listed(values[name])
        return values

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take a value given directly before one in a file that is named (``NAME_FILE``)."""
        del file_secret_settings
        return init_settings, env_settings, dotenv_settings, _NamedFiles(settings_cls)


class _NamedFiles(PydanticBaseSettingsSource):
    """Secrets given as a path: ``TVBOT_SLACK_BOT_TOKEN_FILE=/run/secrets/token``."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - pydantic's
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name in self.settings_cls.model_fields:
            variable = f"{PREFIX}{name.upper()}_FILE"
            path = os.environ.get(variable)
            if not path:
                continue
            try:
                values[name] = Path(path).read_text(encoding="utf-8").strip()
            except OSError:
                raise BadSettings([f"{variable}: this file cannot be read"]) from None
        return values


class _Given(Settings):
    """Settings that take nothing from the environment."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what is given, and nothing else."""
        return (init_settings,)


def load() -> Settings:
    """Read the settings. Raises BadSettings, which names every one that is wrong and never quotes a value."""
    return _read(Settings, {})


def exactly(variables: Mapping[str, str]) -> Settings:
    """Read settings from the given variables (``TVBOT_…``) alone: the same on every machine. Raises BadSettings."""
    return _read(_Given, {name.removeprefix(PREFIX).lower(): value for name, value in variables.items()})


def _read(kind: type[Settings], given: dict[str, Any]) -> Settings:
    try:
        return kind(**given)
    except ValidationError as error:
        raise BadSettings([_problem(one) for one in error.errors()]) from None


def table() -> str:
    """Return the table of settings as the manual shows it, in Markdown."""
    lines = ["| name | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        written = str(default).lower() if isinstance(default, bool) else default
        shown = f"`{written}`" if default not in (None, []) else "–"
        lines.append(f"| `{PREFIX}{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(lines)


def _problem(error: Any) -> str:
    name = str(error["loc"][0]).upper() if error["loc"] else "SETTINGS"
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "string_pattern_mismatch":
        message = _PATTERNS[name]
    return f"{PREFIX}{name}: {message}"


def check_for_serving(settings: Settings) -> None:
    """Raise BadSettings with everything that is missing to serve."""
    problems = [*_missing(settings), *_wrong_keys(settings), *_wrong_database(settings)]
    if problems:
        raise BadSettings(problems)


def _missing(settings: Settings) -> list[str]:
    needed = {
        "PUBLIC_URL": settings.public_url,
        "SECRET_KEYS": settings.secret_keys,
        "TEAMVIEWER_CLIENT_ID": settings.teamviewer_client_id,
        "TEAMVIEWER_CLIENT_SECRET": settings.teamviewer_client_secret,
        "SERVICEDESK_CLIENT_ID": settings.servicedesk_client_id,
        "SERVICEDESK_CLIENT_SECRET": settings.servicedesk_client_secret,
        "SERVICEDESK_REFRESH_TOKEN": settings.servicedesk_refresh_token,
    }
    problems = [f"{PREFIX}{name}: is missing" for name, value in needed.items() if not value]
    if settings.secret_keys is None and problems:
        problems = [
            f"{one}; make one with `tvbot keys new`" if one.startswith(f"{PREFIX}SECRET_KEYS") else one
            for one in problems
        ]
    return problems + _missing_for_chats(settings) + _missing_for_mail(settings)


def _missing_for_chats(settings: Settings) -> list[str]:
    """A platform of which anything is set must be whole; one at least must be set up."""
    has_slack = bool(settings.slack_signing_secret or settings.slack_app_token)
    part_of_slack = settings.slack_bot_token or settings.slack_client_id or settings.slack_client_secret
    part_of_teams = settings.teams_app_id or settings.teams_app_password or settings.teams_tenant_id
    if not (has_slack or part_of_slack or part_of_teams or settings.teams_allow_anonymous):
        return [
            f"{PREFIX}SLACK_SIGNING_SECRET or {PREFIX}TEAMS_APP_ID: is missing; no chat platform is set up"
        ]
    problems = []
    if has_slack:
        problems += _missing_for_slack(settings)
    elif part_of_slack:
        problems.append(f"{PREFIX}SLACK_SIGNING_SECRET: is missing, while other settings of Slack are set")
    if settings.teams_allow_anonymous:
        problems += _wrong_for_anonymous(settings)
    elif part_of_teams:
        problems += _missing_for_teams(settings)
    return problems


def _wrong_for_anonymous(settings: Settings) -> list[str]:
    if is_loopback(settings.host):
        return []
    return [
        f"{PREFIX}TEAMS_ALLOW_ANONYMOUS: only where {PREFIX}HOST is a loopback address, such as 127.0.0.1"
    ]


def _missing_for_teams(settings: Settings) -> list[str]:
    needed = {
        "TEAMS_APP_ID": settings.teams_app_id,
        "TEAMS_APP_PASSWORD": settings.teams_app_password,
        "TEAMS_TENANT_ID": settings.teams_tenant_id,
    }
    return [f"{PREFIX}{name}: is missing, for Microsoft Teams" for name, value in needed.items() if not value]


def _missing_for_slack(settings: Settings) -> list[str]:
    by_oauth = settings.slack_client_id and settings.slack_client_secret
    if settings.slack_bot_token or by_oauth:
        return []
    return [
        f"{PREFIX}SLACK_BOT_TOKEN: is missing (or {PREFIX}SLACK_CLIENT_ID and {PREFIX}SLACK_CLIENT_SECRET)"
    ]


def _missing_for_mail(settings: Settings) -> list[str]:
    if settings.smtp_url:
        try:
            MailServer.at(settings.smtp_url.get_secret_value())
        except ValueError as error:
            return [f"{PREFIX}SMTP_URL: {error}"]
    if settings.smtp_url and not settings.mail_from:
        return [f"{PREFIX}MAIL_FROM: is missing, while {PREFIX}SMTP_URL is set"]
    return []


def _wrong_keys(settings: Settings) -> list[str]:
    if settings.secret_keys is None:
        return []
    try:
        Vault(keys(settings))
    except BadKey as error:
        return [f"{PREFIX}SECRET_KEYS: {error}; make one with `tvbot keys new`"]
    return []


def _wrong_database(settings: Settings) -> list[str]:
    if settings.database_url.startswith(("sqlite:///", "postgresql://")):
        return []
    return [f"{PREFIX}DATABASE_URL: must begin with sqlite:/// or postgresql://"]


def revealed(value: SecretStr | None) -> Secret:
    """Take a setting's secret, to be handed on; empty where it is not set."""
    return Secret(value.get_secret_value() if value else "")


def keys(settings: Settings) -> list[str]:
    """Return the vault's keys, the one that encrypts first."""
    secret = settings.secret_keys.get_secret_value() if settings.secret_keys else ""
    return [key.strip() for key in secret.split(",") if key.strip()]
