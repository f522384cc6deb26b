"""The table of what ``tvbot setup`` asks for: steps, their questions, and the doctor's checks of each."""

from adapters.servicedesk.scopes import SCOPES
from bot.values import value_class


@value_class
class Prompt:
    """A question for one setting.

    Attributes:
        setting: The name of the setting without its prefix.
        text: What is asked.
        is_secret: The answer is not shown while it is typed.
        is_optional: An empty answer leaves the setting out.
        default: What an empty answer means. None: there is no default.
        instead_of: The settings that make this one needless. If one of them is set, this one is not asked for.
        may_be_zoho_code: The answer may be a code of the Zoho API console, which is exchanged for a refresh token.
    """

    setting: str
    text: str
    is_secret: bool = False
    is_optional: bool = False
    default: str | None = None
    instead_of: tuple[str, ...] = ()
    may_be_zoho_code: bool = False


@value_class
class Step:
    """Questions that belong together.

    Attributes:
        title: What the step is about.
        questions: Its questions, in their order.
        checks: The doctor's checks that are made when all of them are answered.
        is_optional: The step may be left out.
        hint: What to do before, with ``{url}`` for the public address.
    """

    title: str
    questions: tuple[Prompt, ...]
    checks: tuple[str, ...] = ()
    is_optional: bool = False
    hint: str = ""


CHATS = (
    Step(
        "Slack",
        (
            Prompt(
                "SLACK_APP_TOKEN",
                "App-level token (xapp-…), for Socket Mode; empty if Slack calls the public address",
                is_secret=True,
                is_optional=True,
                instead_of=("SLACK_SIGNING_SECRET",),
            ),
            Prompt(
                "SLACK_SIGNING_SECRET",
                "Signing secret of the app",
                is_secret=True,
                instead_of=("SLACK_APP_TOKEN",),
            ),
            Prompt(
                "SLACK_BOT_TOKEN",
                "Bot token (xoxb-…); empty to install by OAuth",
                is_secret=True,
                is_optional=True,
            ),
            Prompt(
                "SLACK_CLIENT_ID", "Client ID, for OAuth", is_optional=True, instead_of=("SLACK_BOT_TOKEN",)
            ),
            Prompt(
                "SLACK_CLIENT_SECRET",
                "Client secret, for OAuth",
                is_secret=True,
                is_optional=True,
                instead_of=("SLACK_BOT_TOKEN",),
            ),
            Prompt(
                "SLACK_WORKSPACES",
                "IDs of the workspaces that may add the app, for OAuth",
                is_optional=True,
                instead_of=("SLACK_BOT_TOKEN",),
            ),
        ),
        ("slack-app-token", "slack-signing-secret", "slack-token", "slack-scopes"),
        is_optional=True,
        hint="Make an app from what `tvbot manifest slack --url {url}` prints. For one workspace add `--no-token-rotation`, for Socket Mode `--socket-mode`.",
    ),
    Step(
        "Microsoft Teams",
        (
            Prompt("TEAMS_APP_ID", "Microsoft App ID"),
            Prompt("TEAMS_TENANT_ID", "App Tenant ID"),
            Prompt(
                "TEAMS_APP_PASSWORD",
                "Client secret",
                is_secret=True,
                instead_of=("TEAMS_MANAGED_IDENTITY", "TEAMS_FEDERATED_TOKEN_FILE"),
            ),
        ),
        ("teams-token", "teams-keys"),
        is_optional=True,
        hint="Make an Azure Bot with the messaging endpoint {url}/api/messages. Afterwards `tvbot manifest teams` writes the app package.",
    ),
)
"""The steps of the chats, of which one must be set up."""
STEPS = (
    Step(
        "Public address",
        (Prompt("PUBLIC_URL", "The https address at which people and platforms reach the bot"),),
        ("certificate",),
    ),
    Step(
        "Database",
        (
            Prompt(
                "DATABASE_URL",
                "SQLite, or postgresql://user:password@host/name",
                default="sqlite:///tvbot.db",
            ),
        ),
        ("database", "disk"),
    ),
    Step(
        "ServiceDesk Plus",
        (
            Prompt("SERVICEDESK_DATA_CENTER", "Data centre (us, eu, in, cn, jp, au, ca)", default="us"),
            Prompt(
                "SERVICEDESK_PORTAL",
                "Portal’s name in its URL; empty for the default portal",
                is_optional=True,
            ),
            Prompt("SERVICEDESK_CLIENT_ID", "Client ID of the self client"),
            Prompt("SERVICEDESK_CLIENT_SECRET", "Client secret", is_secret=True),
            Prompt(
                "SERVICEDESK_REFRESH_TOKEN",
                "Code of the console, or a refresh token",
                is_secret=True,
                may_be_zoho_code=True,
            ),
        ),
        ("servicedesk-token", "servicedesk-portal", "servicedesk-requests", "technicians"),
        hint=(
            "Make a self client in the Zoho API console of your data centre. Under “Generate Code” enter these scopes, and ten minutes:"
            f" {','.join(SCOPES)}"
        ),
    ),
    Step(
        "TeamViewer",
        (
            Prompt("TEAMVIEWER_CLIENT_ID", "Client ID of the app"),
            Prompt("TEAMVIEWER_CLIENT_SECRET", "Client secret", is_secret=True),
        ),
        ("teamviewer-app",),
        hint=(
            "Make an app at TeamViewer (Edit profile > Apps) with the redirect URI {url}/oauth/teamviewer/callback and the"
            " permissions: view account data and e-mail, create sessions, view and edit own sessions, view connections."
        ),
    ),
    *CHATS,
    Step(
        "Requesters in chat",
        (
            Prompt(
                "TELL_REQUESTER_IN_CHAT",
                "Invite requesters in Slack or Teams too, where they are found there (true, false)",
                default="false",
            ),
        ),
        is_optional=True,
        hint="See “Requesters in chat” in docs/operating.md.",
    ),
    Step(
        "Mail server",
        (
            Prompt("SMTP_URL", "smtp://user:password@host:587?starttls=1", is_secret=True),
            Prompt("MAIL_FROM", "Sender of the bot’s mails"),
        ),
        ("mail",),
        is_optional=True,
    ),
    Step(
        "SMS gateway",
        (Prompt("SMS_URL", "Apprise URL of the gateway, with {to} for the number", is_secret=True),),
        ("sms",),
        is_optional=True,
    ),
    Step(
        "SDAdmins",
        (Prompt("ADMINS", "E-mail addresses of the first SDAdmins, separated by commas"),),
        ("admins",),
    ),
)
"""Every step, in its order."""
