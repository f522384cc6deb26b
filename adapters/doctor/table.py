"""The table of checks: each with its name, what it looks at, and what to do if it fails."""

from collections.abc import Awaitable, Callable
from enum import Enum, auto

from adapters.doctor import (
    delivery_checks,
    notify_checks,
    own_checks,
    servicedesk_checks,
    slack_checks,
    teams_checks,
    teamviewer_checks,
    web_checks,
)
from adapters.doctor.examination import Examination
from adapters.doctor.outcome import Outcome
from bot.i18n import Text, Words, _
from bot.values import value_class


class Turn(Enum):
    """When a check is made."""

    WITH_THE_OTHERS = auto()
    AFTER_THE_OTHERS = auto()
    """It looks at what the other checks have brought."""


@value_class
class Check:
    """One check.

    Attributes:
        name: Its name in the JSON, which never changes.
        title: What it is about.
        remedy: What to do if it fails.
        run: Makes the check. Raises CannotTell, BotError.
        turn: When it is made.
    """

    name: str
    title: Text
    remedy: Text
    run: Callable[[Examination], Awaitable[Outcome]]
    turn: Turn = Turn.WITH_THE_OTHERS


CHECKS = (
    Check(
        "settings",
        _("Settings"),
        _("Set what this check names, in the environment or in .env, and restart the bot."),
        own_checks.check_settings,
    ),
    Check(
        "public-url",
        _("Public address"),
        _("Start the bot, point the proxy at it, and check TVBOT_PUBLIC_URL and TVBOT_SECRET_KEYS."),
        web_checks.check_public_url,
    ),
    Check(
        "certificate",
        _("Certificate"),
        _("Renew the certificate of the proxy, and let the proxy send the whole chain."),
        web_checks.check_certificate,
    ),
    Check(
        "database",
        _("Database"),
        _("Check TVBOT_DATABASE_URL, and that the database runs, has space and lets the bot write."),
        own_checks.check_database,
    ),
    Check(
        "migrations",
        _("Schema of the database"),
        _("Run `tvbot db upgrade` with the newest version that has run on this database."),
        own_checks.check_migrations,
    ),
    Check(
        "keys",
        _("Keys"),
        _("Put the keys that the bot used before into TVBOT_SECRET_KEYS, or restore the right database."),
        own_checks.check_keys,
    ),
    Check("disk", _("Disk space"), _("Free some space, or move the database."), own_checks.check_disk),
    Check(
        "slack-signing-secret",
        _("Slack: signing secret"),
        _("Copy it from “Basic Information” of the Slack app into TVBOT_SLACK_SIGNING_SECRET."),
        slack_checks.check_signing_secret,
    ),
    Check(
        "slack-token",
        _("Slack: bot token"),
        _("Install the app in the workspace again, and set TVBOT_SLACK_BOT_TOKEN if you use it."),
        slack_checks.check_bot_tokens,
    ),
    Check(
        "slack-scopes",
        _("Slack: scopes"),
        _("Update the app with what `tvbot manifest slack` prints, and install it again."),
        slack_checks.check_scopes,
    ),
    Check(
        "slack-app-token",
        _("Slack: app-level token"),
        _(
            "Create an app-level token with the scope {scope}, and set TVBOT_SLACK_APP_TOKEN.",
            scope="connections:write",
        ),
        slack_checks.check_app_token,
    ),
    Check(
        "slack-calls",
        _("Slack: calls"),
        _(
            "Compare the addresses of the Slack app with what `tvbot manifest slack` prints, and the signing secret with TVBOT_SLACK_SIGNING_SECRET."
        ),
        delivery_checks.check_slack_requests,
    ),
    Check(
        "slack-manifest",
        _("Slack: registration"),
        _("Update the app with what `tvbot manifest slack` prints."),
        slack_checks.check_registration,
    ),
    Check(
        "teams-token",
        _("Teams: sign-in"),
        _("Check the ID, the tenant and the credentials of the Teams app in the settings."),
        teams_checks.check_token,
    ),
    Check(
        "teams-keys",
        _("Teams: Microsoft’s keys"),
        _("Let the bot reach Microsoft’s addresses, and check TVBOT_TEAMS_CLOUD and TVBOT_TEAMS_OPENID_URL."),
        teams_checks.check_signing_keys,
    ),
    Check(
        "teams-calls",
        _("Teams: calls"),
        _(
            "Compare the messaging endpoint of the Azure Bot with the public address, and add the app to the team."
        ),
        delivery_checks.check_teams_requests,
    ),
    Check(
        "teams-invitations",
        _("Teams: invitations"),
        _(
            "Let a setup policy in the Teams admin center install the app for everybody, or set TVBOT_TELL_REQUESTER_IN_CHAT to false."
        ),
        teams_checks.check_invitations,
    ),
    Check(
        "teams-package",
        _("Teams: app package"),
        _("Upload what `tvbot manifest teams` writes."),
        teams_checks.check_package,
    ),
    Check(
        "servicedesk-token",
        _("ServiceDesk Plus: sign-in"),
        _(
            "Check the client, the refresh token and TVBOT_SERVICEDESK_DATA_CENTER, "
            "or create a new refresh token with all scopes."
        ),
        servicedesk_checks.check_sign_in,
    ),
    Check(
        "servicedesk-portal",
        _("ServiceDesk Plus: portal"),
        _(
            "Check TVBOT_SERVICEDESK_DATA_CENTER and TVBOT_SERVICEDESK_PORTAL, and that the bot reaches the data centre."
        ),
        servicedesk_checks.check_portal,
    ),
    Check(
        "servicedesk-requests",
        _("ServiceDesk Plus: requests"),
        _("Create a refresh token with all scopes, and allow the role of its account to view requests."),
        servicedesk_checks.check_requests,
    ),
    Check(
        "technicians",
        _("ServiceDesk Plus: technicians"),
        _("Create a refresh token with all scopes, and check the technicians in ServiceDesk Plus."),
        servicedesk_checks.check_technicians,
    ),
    Check(
        "admins",
        _("SDAdmins"),
        _("Set TVBOT_ADMINS to the e-mail addresses of technicians, as ServiceDesk Plus has them."),
        servicedesk_checks.check_admins,
    ),
    Check(
        "servicedesk-writing",
        _("ServiceDesk Plus: notes and replies"),
        _(
            "Create a refresh token with all scopes, and allow the role of its account to add notes and reply."
        ),
        servicedesk_checks.check_writing,
    ),
    Check(
        "webhook",
        _("Webhook for closed requests"),
        _("Set the same TVBOT_SERVICEDESK_HOOK_SECRET everywhere, and restart the bot."),
        web_checks.check_hook,
    ),
    Check(
        "webhook-calls",
        _("Webhook: calls of ServiceDesk Plus"),
        _(
            "Compare the address and the secret in the trigger of ServiceDesk Plus, and read the trigger’s log there."
        ),
        delivery_checks.check_webhook_calls,
    ),
    Check(
        "teamviewer-app",
        _("TeamViewer: app"),
        _("Check TVBOT_TEAMVIEWER_CLIENT_ID, TVBOT_TEAMVIEWER_CLIENT_SECRET and TVBOT_TEAMVIEWER_API_URL."),
        teamviewer_checks.check_app,
    ),
    Check(
        "teamviewer-permissions",
        _("TeamViewer: permissions"),
        _(
            "Give the app the permissions that the manual lists, and let each technician type {words} again.",
            words=Words("auth"),
        ),
        teamviewer_checks.check_permissions,
    ),
    Check(
        "teamviewer-licence",
        _("TeamViewer: licence"),
        _("Give the accounts of the technicians the licences that the manual lists."),
        teamviewer_checks.check_licence,
    ),
    Check(
        "mail",
        _("Mail"),
        _("Check the host, the port, the user and the password in TVBOT_SMTP_URL."),
        notify_checks.check_mail,
    ),
    Check(
        "sms",
        _("SMS"),
        _("Write TVBOT_SMS_URL as the documentation of Apprise says for your gateway."),
        notify_checks.check_sms,
    ),
    Check(
        "queue",
        _("Waiting jobs"),
        _("Start tvbot. If it runs, read its log, and check that the outside systems answer."),
        own_checks.check_queue,
    ),
    Check(
        "rounds",
        _("Rounds over open sessions"),
        _("Start tvbot, or restart it if it runs, and read its log."),
        own_checks.check_rounds,
    ),
    Check(
        "clock",
        _("Clock"),
        _("Synchronize the machine’s clock with a time server."),
        own_checks.check_clock,
        Turn.AFTER_THE_OTHERS,
    ),
)
"""Every check, in the order in which they are shown."""


def render_check_table() -> str:
    """Return the checks as the manual shows them, in Markdown."""
    rows = [f"| `{one.name}` | {one.title} | {one.remedy} |" for one in CHECKS]
    return "\n".join(["| check | what it is about | if it fails |", "|---|---|---|", *rows])
