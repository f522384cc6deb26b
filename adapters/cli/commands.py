"""The commands of ``tvbot``.

They import their modules when they run, so that ``tvbot --help`` is quick. Their docstrings are the help.
"""

from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from adapters.cli.exit_codes import INTERRUPTED, USAGE_ERROR, exit_with_error

app = typer.Typer(
    name="tvbot",
    help="TeamViewer sessions for ServiceDesk Plus requests, run from chat.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
database = typer.Typer(help="The database: its schema, and backups.", no_args_is_help=True)
audit = typer.Typer(help="The audit trail.", no_args_is_help=True)
keys = typer.Typer(help="The keys that secrets are encrypted under.", no_args_is_help=True)
admins = typer.Typer(help="The SDAdmins and their accounts.", no_args_is_help=True)
manifest = typer.Typer(help="What registers the bot with a chat platform.", no_args_is_help=True)
app.add_typer(database, name="db")
app.add_typer(keys, name="keys")
app.add_typer(audit, name="audit")
app.add_typer(admins, name="admins")
app.add_typer(manifest, name="manifest")

_UsageError: Any = typer.BadParameter.__mro__[2]
"""The base class of every error about wrong use. Typer has no public name for it."""

PublicUrl = Annotated[str, typer.Option(help="The bot’s public https address.")]
SlackServiceDeskUrls = Annotated[
    list[str] | None,
    typer.Option(help="Whose links show their request; up to 5 times. Default: as the settings say."),
]
SlackCommand = Annotated[
    str | None, typer.Option(help="The slash command. Default: TVBOT_SLACK_COMMAND, or /tv.")
]
SocketMode = Annotated[
    bool, typer.Option("--socket-mode", help="Slack calls no URL: TVBOT_SLACK_APP_TOKEN is set.")
]
TokenRotation = Annotated[
    bool,
    typer.Option(help="Off where TVBOT_SLACK_BOT_TOKEN is set: a token that rotates ends after 12 hours."),
]
TeamsAppId = Annotated[
    str, typer.Option(help="The Microsoft App ID of the Azure Bot, as in TVBOT_TEAMS_APP_ID.")
]
PackageFile = Annotated[
    Path | None, typer.Option(help="The zip file to write. Default: tvbot-teams.zip, here.")
]
TeamsServiceDeskUrls = Annotated[
    list[str] | None,
    typer.Option(help="Whose links show their request. Default: as the settings say."),
]
PrivacyUrl = Annotated[str | None, typer.Option(help="Your page about privacy. Default: the bot’s own.")]
TermsUrl = Annotated[str | None, typer.Option(help="Your page with terms of use. Default: the bot’s own.")]
PackageVersion = Annotated[
    str | None,
    typer.Option(help="The package’s version, which must grow with each upload. Default: tvbot’s."),
]


def run_command() -> int:
    """Run the command that the arguments of this process ask for. Returns the exit code. After wrong use it ends the process."""
    try:
        return app(standalone_mode=False) or 0
    except _UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            typer.echo(error.format_message())
            return USAGE_ERROR
        exit_with_error(error.format_message())
    except typer.Abort:
        return INTERRUPTED


def _print_version_if(is_wanted: bool) -> None:  # noqa: FBT001 - Typer's own call
    if is_wanted:
        typer.echo(version("tvbot"))
        raise typer.Exit


@app.callback()
def read_common_options(
    *,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_print_version_if, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """TeamViewer sessions for ServiceDesk Plus requests, run from chat."""
    del show_version


@audit.command("export")
def export_audit(
    form: Annotated[str, typer.Option("--format", help="csv or jsonl.")] = "csv",
    since: Annotated[datetime | None, typer.Option(help="From this day on.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Until this day, which is left out.")] = None,
) -> None:
    """Write the audit trail to standard output."""
    from adapters.cli.audit import export_audit_log  # noqa: PLC0415 - keeps `--help` quick

    if form not in {"csv", "jsonl"}:
        exit_with_error("--format must be csv or jsonl")
    export_audit_log(form, _as_utc(since), _as_utc(until))


@audit.command("verify")
def verify_audit(
    *,
    accept: Annotated[
        bool,
        typer.Option(
            "--accept", help="Sign the trail as it ends now: after an upgrade, or a look at a break."
        ),
    ] = False,
) -> None:
    """Exit 1 where the audit trail was tampered with."""
    from adapters.cli.audit import verify_audit_log  # noqa: PLC0415 - keeps `--help` quick

    problem, entries = verify_audit_log(accept=accept)
    if problem is not None:
        exit_with_error(problem, 1)
    typer.echo(f"The audit trail is whole: {entries} entries.")


def _as_utc(day: datetime | None) -> datetime | None:
    return day.replace(tzinfo=UTC) if day else None


@app.command("demo")
def start_demo(
    port: Annotated[int, typer.Option(help="Where the demo page listens.")] = 3978,
    database: Annotated[
        Path | None, typer.Option(help="A database file to keep; none: a temporary one.")
    ] = None,
    language: Annotated[
        Literal["en", "fr"] | None,
        typer.Option(
            help="The language of everybody, and of mails and shared cards; none: one technician reads French."
        ),
    ] = None,
) -> None:
    """Run the bot and a sandbox in one process, with a page that shows the chat. Needs no account and no network."""
    from adapters.cli.demo import run_demo  # noqa: PLC0415 - the sandbox is loaded for the demo alone

    run_demo(port, database, language)


@app.command("serve")
def start_server(
    *, worker: Annotated[bool, typer.Option(help="Also do the background work here.")] = True
) -> None:
    """Run the bot, configured by the environment or a .env file."""
    from adapters.cli.loading import load_bot  # noqa: PLC0415 - keeps `--help` quick

    load_bot()(serves=True, works=worker)


@app.command("worker")
def start_worker() -> None:
    """Run the background work alone, for several machines."""
    from adapters.cli.loading import load_bot  # noqa: PLC0415 - keeps `--help` quick

    load_bot()(serves=False, works=True)


@app.command("setup")
def set_up(
    answers: Annotated[
        Path | None, typer.Option(help="A file with the answers, like .env. Then nothing is asked.")
    ] = None,
    again: Annotated[
        str | None, typer.Option(help="Ask this step alone, again: slack, “mail server”, …")
    ] = None,
) -> None:
    """Ask for what is needed, check each answer, and write .env. An interrupted setup goes on where it was."""
    from adapters.cli.setup import run_setup  # noqa: PLC0415 - keeps `--help` quick

    run_setup(answers, again=again)


@app.command("doctor")
def check_everything(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
    write: Annotated[
        str | None,
        typer.Option(
            metavar="REQUEST",
            help="Also write a note on this test request, and mail a reply to its requester.",
        ),
    ] = None,
) -> None:
    """Check everything that the bot depends on. Exit 1 where a check fails."""
    from adapters.cli.doctor import run_doctor  # noqa: PLC0415 - keeps `--help` quick

    if not run_doctor(as_json=as_json, write_to=write):
        raise typer.Exit(1)


@database.command("upgrade")
def upgrade_schema() -> None:
    """Migrate the database to this version’s schema."""
    from adapters.cli.maintenance import upgrade_database  # noqa: PLC0415 - keeps `--help` quick

    upgrade_database()
    typer.echo("The database is up to date.")


@database.command("check")
def check_schema() -> None:
    """Exit 1 where the database’s schema is behind."""
    from adapters.cli.database import BEHIND  # noqa: PLC0415 - keeps `--help` quick
    from adapters.cli.maintenance import database_is_current  # noqa: PLC0415 - keeps `--help` quick

    if not database_is_current():
        exit_with_error(BEHIND, 1)
    typer.echo("The database is up to date.")


@database.command("backup")
def back_up_database(
    file: Annotated[Path, typer.Argument(help="The file to write. It must not exist.")],
) -> None:
    """Write a backup, also while tvbot runs. It holds the secrets, encrypted: keep TVBOT_SECRET_KEYS apart from it."""
    from adapters.cli.maintenance import back_up  # noqa: PLC0415 - keeps `--help` quick

    back_up(file)
    typer.echo(f"Wrote {file}.")


@database.command("restore")
def restore_database(file: Annotated[Path, typer.Argument(help="What `tvbot db backup` wrote.")]) -> None:
    """Replace the database by a backup. Stop every tvbot first."""
    from adapters.cli.maintenance import restore  # noqa: PLC0415 - keeps `--help` quick

    for line in restore(file):
        typer.echo(line)


@keys.command("new")
def print_new_key() -> None:
    """Print a new key for TVBOT_SECRET_KEYS."""
    from storage.vault import new_key  # noqa: PLC0415 - keeps `--help` quick

    typer.echo(new_key())


@keys.command("rotate")
def rotate_secret_keys() -> None:
    """Encrypt every secret again, under the first key of TVBOT_SECRET_KEYS."""
    from adapters.cli.maintenance import rotate_keys  # noqa: PLC0415 - keeps `--help` quick

    typer.echo(
        f"{rotate_keys()} secrets were encrypted under the first key. The other keys can be removed now."
    )


@admins.command("confirm")
def confirm_account(
    account: Annotated[
        str, typer.Argument(help="An e-mail address, or PLATFORM/TENANT/USER as the audit trail names it.")
    ],
) -> None:
    """Confirm whose account it is, as `admin confirm` does in chat: for where the only SDAdmin is refused."""
    from adapters.cli.admins import confirm_admin_account  # noqa: PLC0415 - keeps `--help` quick

    typer.echo(confirm_admin_account(account))


@manifest.command("slack")
def print_slack_manifest(
    url: PublicUrl,
    out: Annotated[Path | None, typer.Option(help="A file to write; none: print it.")] = None,
    servicedesk_url: SlackServiceDeskUrls = None,
    command: SlackCommand = None,
    *,
    socket_mode: SocketMode = False,
    token_rotation: TokenRotation = True,
) -> None:
    """Print the Slack app manifest: paste it under Your apps > Create New App > From a manifest."""
    from adapters.cli.manifest import print_or_write, slack_manifest  # noqa: PLC0415 - keeps `--help` quick

    text = slack_manifest(
        url,
        servicedesk_urls=servicedesk_url or [],
        command=command,
        is_socket_mode=socket_mode,
        rotates_tokens=token_rotation,
    )
    print_or_write(text, out)


@manifest.command("teams")
def write_teams_package(
    url: PublicUrl,
    app_id: TeamsAppId,
    *,
    out: PackageFile = None,
    servicedesk_url: TeamsServiceDeskUrls = None,
    privacy_url: PrivacyUrl = None,
    terms_url: TermsUrl = None,
    app_version: PackageVersion = None,
) -> None:
    """Write the Teams app package: upload it in the Teams admin center, under Manage apps."""
    from adapters.cli.manifest import TEAMS_PACKAGE, teams_package, write_file  # noqa: PLC0415 - keeps `--help` quick

    content = teams_package(
        url,
        app_id,
        servicedesk_urls=servicedesk_url or [],
        privacy_url=privacy_url,
        terms_url=terms_url,
        app_version=app_version,
    )
    file = out or TEAMS_PACKAGE
    write_file(content, file)
    typer.echo(f"Wrote {file}.")
