"""Every command of ``tvbot``, with whatever is wrong around it: one line for each fault, and never a value."""

import errno
import re
import socket
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

import pytest
import sqlalchemy as sa
from support import postgres
from support.command_line import Tvbot, every_command, new_tvbot
from support.ports import free_port

from storage import revisions
from storage.vault import new_key

NEEDS_NO_SETTINGS = {("demo",), ("keys", "new"), ("setup",)}
"""The demo has settings of its own, and the setup asks for them."""
NEEDS_NO_DATABASE = NEEDS_NO_SETTINGS | {
    ("manifest", "slack"),
    ("manifest", "teams"),
    ("db", "restore"),
    ("doctor",),
}
"""A restore is the remedy for a database that cannot be used, and the doctor says what the remedy is."""
COMMANDS = every_command()
WITH_SETTINGS = [
    one for one in COMMANDS if one[:2] not in NEEDS_NO_SETTINGS and one[:1] not in NEEDS_NO_SETTINGS
]
WITH_DATABASE = [one for one in WITH_SETTINGS if one[:2] not in NEEDS_NO_DATABASE]
MIGRATING = {("db", "upgrade"), ("serve",), ("worker",)}
SECRET = "hunter2"
GOOD = {
    "TVBOT_PUBLIC_URL": "https://tvbot.example.com",
    "TVBOT_SECRET_KEYS": new_key(),
    "TVBOT_SLACK_SIGNING_SECRET": "signing-secret",
    "TVBOT_SLACK_BOT_TOKEN": "xoxb-1",
    "TVBOT_TEAMVIEWER_CLIENT_ID": "tv",
    "TVBOT_TEAMVIEWER_CLIENT_SECRET": "tv-secret",
    "TVBOT_SERVICEDESK_CLIENT_ID": "zoho",
    "TVBOT_SERVICEDESK_CLIENT_SECRET": "zoho-secret",
    "TVBOT_SERVICEDESK_REFRESH_TOKEN": "zoho-refresh",
}


@pytest.fixture
def tvbot(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tvbot:
    return new_tvbot(monkeypatch, capsys)


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Set the settings of the commands: complete, and with what a test changes. They run in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def set_all(**changed: str) -> None:
        for name in BAD_SETTINGS:
            monkeypatch.delenv(name, raising=False)
        for name, value in (
            GOOD | {"TVBOT_DATABASE_URL": f"sqlite:///{tmp_path}/tvbot.db"} | changed
        ).items():
            monkeypatch.setenv(name, value)

    return set_all


def words(command: Sequence[str]) -> str:
    return " ".join(command)


def test_commands_of_the_command_line_are_walked() -> None:
    """If the walk found nothing, the other tests would prove nothing."""
    found = {words(one).partition(" --")[0] for one in COMMANDS}
    assert found >= {
        "serve",
        "worker",
        "db upgrade",
        "db check",
        "keys rotate",
        "audit export",
        "manifest teams",
    }


def test_version_is_printed(tvbot: Tvbot) -> None:
    assert tvbot("--version") == (0, f"{version('tvbot')}\n", "")


BAD_SETTINGS = {
    "TVBOT_DATABASE_URL": [
        f"postgresql://u:p@{SECRET}@db.example.com/x",
        f"postgresql://u:p/{SECRET}@db.example.com/x",
        f"postgresql://u:12/{SECRET}@db.example.com/x",
        f"postgresql://u:p#{SECRET}@db.example.com/x",
        f"postgresql://u:12#{SECRET}@db.example.com/x",
        f"postgresql://u:p?{SECRET}@db.example.com/x",
        f"postgresql://u:p:{SECRET}@db.example.com/x",
        f"postgresql://u:p@db.example.com:{SECRET}/x",
        f"postgresql://u:p@db.example.com:99999/{SECRET}",
        f"postgresql://u:p@[{SECRET}/x",
        f"mysql://{SECRET}",
        SECRET,
        "sqlite:///",
        "sqlite:///:memory:",
        f"sqlite://{SECRET}",
    ],
    "TVBOT_PORT": [SECRET, "99999", "-1"],
    "TVBOT_LOG_LEVEL": [SECRET],
    "TVBOT_SERVICEDESK_DATA_CENTER": [SECRET],
    "TVBOT_PUBLIC_URL": [f"http://{SECRET}.example.com"],
    "TVBOT_SERVICEDESK_WEB_URL": [f"https://a.example.com,https://b.example.com/{SECRET}"],
}


@pytest.mark.parametrize("command", WITH_SETTINGS, ids=words)
def test_every_command_names_a_wrong_setting_in_one_line(
    command: tuple[str, ...], tvbot: Tvbot, settings: Callable[..., None]
) -> None:
    for name, values in BAD_SETTINGS.items():
        for value in values:
            settings(**{name: value})
            code, output, errors = tvbot(*command)
            assert (code, output) == (2, ""), value
            header, *problems = errors.splitlines()
            assert header == "tvbot cannot start:"
            assert [problem.strip().partition(":")[0] for problem in problems] == [name], value
            assert SECRET not in errors


@pytest.mark.parametrize("command", WITH_SETTINGS, ids=words)
def test_every_command_lists_all_wrong_settings_at_once(
    command: tuple[str, ...], tvbot: Tvbot, settings: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:  # fmt: skip
    """The wrong ones, the files that cannot be read, and what is missing."""
    settings(**{name: values[0] for name, values in BAD_SETTINGS.items()})
    unreadable = tmp_path / SECRET
    unreadable.write_bytes(b"\xff\xfe")
    for name in ("TVBOT_SLACK_BOT_TOKEN", "TVBOT_SERVICEDESK_REFRESH_TOKEN"):
        monkeypatch.delenv(name)
        monkeypatch.setenv(f"{name}_FILE", str(unreadable))
    monkeypatch.setenv("TVBOT_SECRET_KEYS", SECRET)
    monkeypatch.delenv("TVBOT_TEAMVIEWER_CLIENT_ID")
    code, output, errors = tvbot(*command)
    named = [line.strip().partition(":")[0] for line in errors.splitlines()[1:]]
    expected = {*BAD_SETTINGS, "TVBOT_SLACK_BOT_TOKEN_FILE", "TVBOT_SERVICEDESK_REFRESH_TOKEN_FILE"}
    if command[0] in {"serve", "worker"}:
        expected |= {"TVBOT_SECRET_KEYS", "TVBOT_TEAMVIEWER_CLIENT_ID"}
    if command[0] in {"admins", "audit", "keys"}:
        expected |= {"TVBOT_SECRET_KEYS"}
    assert (code, output) == (2, "")
    assert sorted(named) == sorted(expected)
    assert SECRET not in errors


@pytest.mark.parametrize("command", WITH_SETTINGS, ids=words)
def test_every_command_says_that_the_file_of_settings_cannot_be_read(
    command: tuple[str, ...], tvbot: Tvbot, settings: Callable[..., None], tmp_path: Path
) -> None:
    settings()
    (tmp_path / ".env").write_bytes(b"TVBOT_PORT=\xff\xfe")
    assert tvbot(*command) == (
        2,
        "",
        "tvbot cannot start:\n  .env: this file cannot be read as UTF-8 text\n",
    )


def test_every_command_says_in_one_line_that_the_database_is_away(
    tvbot: Tvbot, settings: Callable[..., None]
) -> None:
    settings(TVBOT_DATABASE_URL=f"postgresql://somebody:{SECRET}@127.0.0.1:{free_port()}/x")
    for command in WITH_DATABASE:
        code, output, errors = tvbot(*command)
        assert (code, output) == (1, ""), command
        assert re.fullmatch(r"tvbot: the database does not answer.*TVBOT_DATABASE_URL\n", errors), command
        assert SECRET not in errors


@pytest.mark.parametrize(
    ("broken", "advice"),
    [
        ("a folder that is a file", "the file or folder in TVBOT_DATABASE_URL cannot be used"),
        ("a folder", "check the folder in TVBOT_DATABASE_URL"),
        ("no database", "the file in TVBOT_DATABASE_URL is no SQLite database"),
    ],
)
def test_every_command_says_in_one_line_that_the_file_cannot_be_used(
    broken: str, advice: str, tvbot: Tvbot, settings: Callable[..., None], tmp_path: Path
) -> None:
    path = tmp_path / SECRET
    if broken == "a folder":
        path.mkdir()
    else:
        path.write_bytes(b"no database at all" * 100)
    file = path / "tvbot.db" if broken == "a folder that is a file" else path
    settings(TVBOT_DATABASE_URL=f"sqlite:///{file}")
    for command in WITH_DATABASE:
        code, output, errors = tvbot(*command)
        assert (code, output) == (1, ""), command
        assert re.fullmatch(rf"tvbot: .*{advice}.*\n", errors), command
        assert SECRET not in errors


def test_every_command_says_in_one_line_that_the_schema_is_behind(
    tvbot: Tvbot, settings: Callable[..., None]
) -> None:
    """Except those that migrate it."""
    settings()
    for command in WITH_DATABASE:
        if command not in MIGRATING:
            assert tvbot(*command) == (1, "", "tvbot: the schema is behind: run `tvbot db upgrade`\n"), (
                command
            )


def test_migrating_commands_refuse_the_database_of_another_version(
    tvbot: Tvbot, settings: Callable[..., None], tmp_path: Path
) -> None:
    settings()
    tvbot("db", "upgrade")
    engine = sa.create_engine(f"sqlite:///{tmp_path}/tvbot.db")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    for command in MIGRATING:
        code, _output, errors = tvbot(*command)
        assert (code, errors.count("\n")) == (1, 1), command
        assert "belongs to another version of tvbot" in errors


def test_database_that_does_not_exist_is_named_as_that(
    tvbot: Tvbot, settings: Callable[..., None], postgres_server: str
) -> None:
    settings(TVBOT_DATABASE_URL=f"{postgres_server}/{SECRET}")
    code, output, errors = tvbot("db", "upgrade")
    assert (code, output) == (1, "")
    assert errors.count("\n") == 1
    assert "TVBOT_DATABASE_URL" in errors
    assert SECRET not in errors


def test_unexpected_error_is_one_line_with_its_place(
    tvbot: Tvbot, settings: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(_database: object) -> bool:
        raise LookupError(SECRET)

    settings()
    monkeypatch.setattr("adapters.cli.maintenance.is_schema_current", break_down)
    code, output, errors = tvbot("db", "check")
    assert (code, output) == (1, "")
    assert re.fullmatch(
        r"tvbot: unexpected error \(LookupError at [a-z_]+\.py:\d+\); please report it\n", errors
    )


@pytest.mark.parametrize("command", ["serve", "worker"])
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.EADDRINUSE, f"cannot bind on address ('{SECRET}', 3978)"), "Address already in use"),
        (OSError(errno.EACCES, f"cannot bind on address ('{SECRET}', 80)"), "Permission denied"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "Name or service not known"),
    ],
    ids=["port in use", "no right", "no such host"],
)
def test_address_that_cannot_be_listened_at_is_named_by_its_settings(
    *,
    command: str,
    error: OSError,
    reason: str,
    tvbot: Tvbot,
    settings: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The message of Python's own server has the address in it. The engine was not started, so it is not stopped either."""

    async def cannot_listen(_bot: object) -> None:
        raise error

    settings()
    destroyed: list[object] = []
    monkeypatch.setattr("adapters.engine.runtime.DBOS.destroy", lambda **given: destroyed.append(given))
    monkeypatch.setattr("adapters.cli.serve.Bot.start", cannot_listen)
    assert tvbot(command) == (
        1,
        "",
        f"tvbot: the bot cannot listen at TVBOT_HOST and TVBOT_PORT ({reason}); choose another port\n",
    )
    assert destroyed == []


def test_percent_in_folders_does_not_matter(
    tvbot: Tvbot, settings: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In the folder of the product, and in that of the database."""
    installed = tmp_path / "50% off %(here)s"
    installed.symlink_to(revisions.MIGRATIONS)
    monkeypatch.setattr(revisions, "MIGRATIONS", installed)
    settings(TVBOT_DATABASE_URL=f"sqlite:///{tmp_path}/100%25 %s/tvbot.db")
    assert tvbot("db", "upgrade") == (0, "The database is up to date.\n", "")
    assert tvbot("db", "check") == (0, "The database is up to date.\n", "")
    assert tvbot("audit", "verify", "--accept")[0] == 0
    assert (tmp_path / "100% %s" / "tvbot.db").exists()


def test_special_characters_in_a_password_are_written_with_percent(
    tvbot: Tvbot, settings: Callable[..., None], postgres_server: str
) -> None:
    url = postgres.new_database(postgres_server, "special_characters")
    settings(TVBOT_DATABASE_URL=url.replace("tvbot@", "tvbot:p%40w%2Fd%23%3F%25%3A@"))
    assert tvbot("db", "upgrade") == (0, "The database is up to date.\n", "")
    assert tvbot("audit", "verify", "--accept") == (0, "The audit trail is whole: 0 entries.\n", "")
