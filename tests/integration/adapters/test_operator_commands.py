"""The commands of an operator: the schema, the keys and the audit log, on a database of their own."""

import asyncio
import csv
import io
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.command_line import Tvbot, new_tvbot

from bot.model.audit import START, Action, AuditEntry, AuditRecord
from bot.model.secret import Secret
from storage.database import Database
from storage.tables import audit, tokens
from storage.vault import Vault, new_key

ORG = "default"
"""The organisation of settings without a portal."""


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of an empty database, in settings that are complete for an operator's commands."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "tvbot.db"
    monkeypatch.setenv("TVBOT_DATABASE_URL", f"sqlite:///{file}")
    monkeypatch.setenv("TVBOT_SECRET_KEYS", new_key())
    return file


@pytest.fixture
def tvbot(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tvbot:
    return new_tvbot(monkeypatch, capsys)


@pytest.mark.usefixtures("database")
def test_empty_database_is_behind_until_it_is_upgraded(tvbot: Tvbot) -> None:
    assert tvbot("db", "check") == (1, "", "tvbot: the schema is behind: run `tvbot db upgrade`\n")
    assert tvbot("db", "upgrade") == (0, "The database is up to date.\n", "")
    assert tvbot("db", "check") == (0, "The database is up to date.\n", "")


def test_new_key_has_256_bits_and_is_new_each_time(tvbot: Tvbot) -> None:
    (code, first, _errors), (_code, second, _) = tvbot("keys", "new"), tvbot("keys", "new")
    assert code == 0
    assert len(first.strip()) == 44
    assert first != second


def test_rotation_signs_the_audit_log_under_the_first_key(
    tvbot: Tvbot, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tvbot("db", "upgrade")
    _add_record(database)
    assert tvbot("audit", "verify", "--accept")[0] == 0
    old, new = os.environ["TVBOT_SECRET_KEYS"], new_key()
    monkeypatch.setenv("TVBOT_SECRET_KEYS", f"{new},{old}")
    assert tvbot("keys", "rotate")[0] == 0
    monkeypatch.setenv("TVBOT_SECRET_KEYS", new)
    assert tvbot("audit", "verify") == (0, "The audit trail is whole: 1 entries.\n", "")


@pytest.mark.parametrize(
    "command",
    [
        *(("keys", "rotate"), ("audit", "verify"), ("audit", "verify", "--accept")),
        ("admins", "confirm", "ada@example.test"),
    ],
)
def test_wrong_key_is_named_as_the_cause(
    command: tuple[str, ...], tvbot: Tvbot, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stored secret shows under which key the database was written. Nothing is changed then."""
    tvbot("db", "upgrade")
    _add_record(database)
    _add_secret(database)
    assert tvbot("audit", "verify", "--accept")[0] == 0
    before = database.read_bytes()
    monkeypatch.setenv("TVBOT_SECRET_KEYS", new_key())
    code, output, errors = tvbot(*command)
    assert (code, output) == (2, "")
    assert errors == (
        "tvbot: TVBOT_SECRET_KEYS: lacks the key that stored secrets are encrypted under; add the key that was used"
        " before\n"
    )
    assert database.read_bytes() == before


@pytest.mark.parametrize("command", [("keys", "rotate"), ("audit", "verify")])
def test_wrong_key_is_named_as_the_likely_cause_if_only_the_audit_log_was_signed(
    command: tuple[str, ...], tvbot: Tvbot, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the operator would remove the old key, and with it the signature."""
    tvbot("db", "upgrade")
    _add_record(database)
    assert tvbot("audit", "verify", "--accept")[0] == 0
    monkeypatch.setenv("TVBOT_SECRET_KEYS", new_key())
    code, output, errors = tvbot(*command)
    assert (code, output) == (1, "")
    assert "no key in TVBOT_SECRET_KEYS fits the signature" in errors
    assert errors.count("\n") == 1


def test_secret_that_was_changed_is_not_taken_for_a_wrong_key(
    tvbot: Tvbot, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was copied from another row."""
    tvbot("db", "upgrade")
    _add_secret(database, row="tokens/teamviewer/2/access")
    monkeypatch.setenv("TVBOT_SECRET_KEYS", f"{new_key()},{os.environ['TVBOT_SECRET_KEYS']}")
    code, _output, errors = tvbot("keys", "rotate")
    assert code == 1
    assert errors == "tvbot: a stored secret was changed by something else than tvbot; restore a backup\n"


def test_audit_log_is_exported_as_csv_and_as_json_lines(tvbot: Tvbot, database: Path) -> None:
    tvbot("db", "upgrade")
    _add_record(database)
    code, output, _errors = tvbot("audit", "export")
    assert code == 0
    assert output.splitlines()[0] == "number,at,by,action,subject,digest"
    assert output.splitlines()[1].startswith("1,2026-11-24T09:00:00+00:00,ada@example.test,widget.on,all,")
    (line,) = tvbot("audit", "export", "--format", "jsonl", "--since", "2026-11-24")[1].splitlines()
    assert json.loads(line)["by"] == "ada@example.test"
    assert tvbot("audit", "export", "--format", "jsonl", "--until", "2026-11-24")[1] == ""
    assert tvbot("audit", "export", "--format", "xml") == (2, "", "tvbot: --format must be csv or jsonl\n")


def test_unsigned_and_changed_audit_logs_are_found(tvbot: Tvbot, database: Path) -> None:
    tvbot("db", "upgrade")
    _add_record(database)
    code, _output, errors = tvbot("audit", "verify")
    assert (code, "does not end where TVBOT_SECRET_KEYS signed it" in errors) == (1, True)
    _execute(database, sa.update(audit).values(by="eve@example.test"))
    assert tvbot("audit", "verify") == (1, "", "tvbot: the audit trail was tampered with at entry 1\n")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_exported_csv_has_no_formulas(start: str, tvbot: Tvbot, database: Path) -> None:
    """Text that people chose, such as the name of a TeamViewer account. The JSON lines have it as it is."""
    subject = f'{start}HYPERLINK("http://evil.example","open")'
    tvbot("db", "upgrade")
    _add_record(database, subject)
    (row,) = csv.DictReader(io.StringIO(tvbot("audit", "export")[1], newline=""))
    assert row["subject"] == f"'{subject}"
    assert row["number"] == "1"
    assert json.loads(tvbot("audit", "export", "--format", "jsonl")[1])["subject"] == subject


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_files_of_the_database_are_for_their_owner_alone(mask: int, tvbot: Tvbot, database: Path) -> None:
    """Whatever the umask says. The files beside it exist while it is open."""
    before = os.umask(mask)
    try:
        tvbot("db", "upgrade")
        opened = Database(f"sqlite:///{database}")
        opened.lock_file()
        asyncio.run(_write_and_expect_private(opened, database))
    finally:
        os.umask(before)


async def _write_and_expect_private(opened: Database, file: Path) -> None:
    async with opened.writer.begin() as connection:
        await connection.execute(sa.insert(tokens).values(org_id=ORG, name="teamviewer/1"))
    modes = {one.name: oct(one.stat().st_mode & 0o777) for one in file.parent.glob("tvbot.db*")}
    await opened.close()
    assert modes == dict.fromkeys(["tvbot.db", "tvbot.db-wal", "tvbot.db-shm", "tvbot.db.lock"], oct(0o600))


def test_files_of_an_older_version_are_taken_from_others(tvbot: Tvbot, database: Path) -> None:
    others = [database, Path(f"{database}-wal"), Path(f"{database}-shm")]
    for file in others:
        file.touch()
        file.chmod(0o644)
    assert tvbot("db", "check")[0] == 1
    assert [file.stat().st_mode & 0o777 for file in others if file.exists()][:1] == [0o600]
    assert all(file.stat().st_mode & 0o077 == 0 for file in others if file.exists())


def _add_record(database: Path, subject: str = "all") -> None:
    """Add an entry that is chained correctly, but not signed."""
    entry = AuditEntry(datetime(2026, 11, 24, 9, tzinfo=UTC), "ada@example.test", Action.WIDGET_ON, subject)
    record = AuditRecord.after(1, START, entry)
    values = {"number": 1, "at": entry.at, "by": entry.by, "action": entry.action.value, "subject": subject}
    _execute(
        database,
        sa.insert(audit).values(org_id=ORG, previous=record.previous, digest=record.digest, **values),
    )


def _add_secret(database: Path, row: str = "tokens/teamviewer/1/access") -> None:
    """Store a token as the bot does, under the key of the settings."""
    vault = Vault([os.environ["TVBOT_SECRET_KEYS"]])
    sealed = vault.seal(Secret("a-token-of-teamviewer"), row)
    _execute(database, sa.insert(tokens).values(org_id=ORG, name="teamviewer/1", sealed_access=sealed))


def _execute(database: Path, statement: sa.Executable) -> None:
    engine = sa.create_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        connection.execute(statement)
    engine.dispose()
