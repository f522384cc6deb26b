"""Check that the settings are complete, before the bot starts."""

from urllib.parse import unquote

from adapters.loopback import is_loopback
from adapters.notify.gateway_url import NUMBER_PLACEHOLDER
from adapters.notify.mail_server import MailServer
from adapters.settings.errors import PREFIX, BadSettings
from adapters.settings.keys import vault_keys
from adapters.settings.model import Settings
from adapters.settings.sources import is_readable_text
from storage.vault import BadKey, Vault


def check_for_serving(settings: Settings) -> None:
    """Check that nothing is missing to serve. Raises BadSettings, which names everything that is."""
    problems = problems_for_serving(settings)
    if problems:
        raise BadSettings(problems)


def problems_for_serving(settings: Settings) -> list[str]:
    """Return what is wrong or missing to run the bot."""
    return [
        *_missing_for_everybody(settings),
        *_missing_for_chats(settings),
        *_wrong_portal(settings),
        *_wrong_mail_server(settings),
        *_wrong_sms_gateway(settings),
        *_wrong_vault_keys(settings),
        *_wrong_operations_port(settings),
    ]


def problems_with_keys(settings: Settings) -> list[str]:
    """Return what is wrong or missing to open the stored secrets."""
    if not settings.secret_keys:
        return [f"{PREFIX}SECRET_KEYS: is missing; set the keys that the bot runs with"]
    return _wrong_vault_keys(settings)


def _missing_for_everybody(settings: Settings) -> list[str]:
    needed = {
        "PUBLIC_URL": settings.public_url,
        "SECRET_KEYS": settings.secret_keys,
        "TEAMVIEWER_CLIENT_ID": settings.teamviewer_client_id,
        "TEAMVIEWER_CLIENT_SECRET": settings.teamviewer_client_secret,
        "SERVICEDESK_CLIENT_ID": settings.servicedesk_client_id,
        "SERVICEDESK_CLIENT_SECRET": settings.servicedesk_client_secret,
        "SERVICEDESK_REFRESH_TOKEN": settings.servicedesk_refresh_token,
    }
    advice = {"SECRET_KEYS": "; make one with `tvbot keys new`"}
    return [
        f"{PREFIX}{name}: is missing{advice.get(name, '')}" for name, value in needed.items() if not value
    ]


def _missing_for_chats(settings: Settings) -> list[str]:
    """Check that at least one platform is set up, and none of them only in part."""
    has_slack = bool(settings.slack_signing_secret or settings.slack_app_token)
    part_of_slack = settings.slack_bot_token or settings.slack_client_id or settings.slack_client_secret
    part_of_teams = (
        settings.teams_app_id or settings.teams_tenant_id or any(_teams_credentials(settings).values())
    )
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
    needed = {"TEAMS_APP_ID": settings.teams_app_id, "TEAMS_TENANT_ID": settings.teams_tenant_id}
    problems = [
        f"{PREFIX}{name}: is missing, for Microsoft Teams" for name, value in needed.items() if not value
    ]
    credentials = [name for name, value in _teams_credentials(settings).items() if value]
    if not credentials:
        problems.append(
            f"{PREFIX}TEAMS_APP_PASSWORD: is missing, for Microsoft Teams"
            f" (or {PREFIX}TEAMS_MANAGED_IDENTITY or {PREFIX}TEAMS_FEDERATED_TOKEN_FILE)"
        )
    if len(credentials) > 1:
        named = " and ".join(f"{PREFIX}{name}" for name in credentials)
        problems.append(f"{named}: set only one of them; the bot signs in to Microsoft in one way")
    file = settings.teams_federated_token_file
    if file is not None and not is_readable_text(file):
        problems.append(f"{PREFIX}TEAMS_FEDERATED_TOKEN_FILE: this file cannot be read as UTF-8 text")
    return problems


def _teams_credentials(settings: Settings) -> dict[str, object]:
    """Return the settings of which one shows Microsoft that the bot is the Teams app."""
    return {
        "TEAMS_APP_PASSWORD": settings.teams_app_password,
        "TEAMS_MANAGED_IDENTITY": settings.teams_managed_identity,
        "TEAMS_FEDERATED_TOKEN_FILE": settings.teams_federated_token_file,
    }


def _missing_for_slack(settings: Settings) -> list[str]:
    by_oauth = settings.slack_client_id and settings.slack_client_secret
    if by_oauth and not settings.slack_bot_token and not settings.slack_workspaces:
        return [
            f"{PREFIX}SLACK_WORKSPACES: is missing; list the workspaces that may add the app by their ids, like T0123ABCD"
        ]
    if settings.slack_bot_token or by_oauth:
        return []
    return [
        f"{PREFIX}SLACK_BOT_TOKEN: is missing (or {PREFIX}SLACK_CLIENT_ID and {PREFIX}SLACK_CLIENT_SECRET)"
    ]


def _wrong_portal(settings: Settings) -> list[str]:
    """Check that the settings name one portal: the bot works on the requests of one, and a long id belongs to one."""
    in_urls = {url.partition("/app/")[2] for url in settings.servicedesk_web_url} - {""}
    named = {unquote(name).casefold() for name in in_urls}
    if settings.servicedesk_portal:
        named.add(settings.servicedesk_portal.casefold())
    if len(named) <= 1:
        return []
    return [
        f"{PREFIX}SERVICEDESK_WEB_URL: must name the same portal everywhere, as {PREFIX}SERVICEDESK_PORTAL does"
    ]


def _wrong_mail_server(settings: Settings) -> list[str]:
    if not settings.smtp_url:
        return []
    problems = []
    try:
        MailServer.from_url(settings.smtp_url.get_secret_value())
    except ValueError as error:
        problems.append(f"{PREFIX}SMTP_URL: {error}")
    if not settings.mail_from:
        problems.append(f"{PREFIX}MAIL_FROM: is missing, while {PREFIX}SMTP_URL is set")
    return problems


def _wrong_sms_gateway(settings: Settings) -> list[str]:
    if settings.sms_url is None:
        is_missing = settings.sms_via == "gateway"
        return [f"{PREFIX}SMS_URL: is missing, while {PREFIX}SMS_VIA is gateway"] if is_missing else []
    if NUMBER_PLACEHOLDER not in settings.sms_url.get_secret_value():
        return [f"{PREFIX}SMS_URL: must contain {NUMBER_PLACEHOLDER}, where the number belongs"]
    return []


def _wrong_vault_keys(settings: Settings) -> list[str]:
    if settings.secret_keys is None:
        return []
    try:
        Vault(vault_keys(settings))
    except BadKey as error:
        return [f"{PREFIX}SECRET_KEYS: {error}; make one with `tvbot keys new`"]
    return []


def _wrong_operations_port(settings: Settings) -> list[str]:
    if settings.operations_port and settings.operations_port == settings.port:
        return [f"{PREFIX}OPERATIONS_PORT: must be another port than {PREFIX}PORT"]
    return []
