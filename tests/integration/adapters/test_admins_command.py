"""``tvbot admins confirm``: the operator confirms whose account it is, where the only SDAdmin is the one who is refused."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from support.command_line import Tvbot, new_tvbot

from bot.jobs import Job
from bot.model.ids import Email, OrgId
from bot.model.technician import Actor, AddressDoubt, Directory, Platform, Profile
from bot.unit_of_work import Transaction
from storage.database import Database
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault, new_key

ADA, NEW = Email("ada@example.test"), Email("ada.new@example.test")
ACCOUNT, TWIN = Actor(Platform.SLACK, "T1", "UADA"), Actor(Platform.SLACK, "T1", "UTWIN")
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
T = TypeVar("T")
KEY = new_key()


@pytest.fixture
def tvbot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Tvbot:
    """The command line, on a database with the current schema."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TVBOT_DATABASE_URL", f"sqlite:///{tmp_path}/tvbot.db")
    monkeypatch.setenv("TVBOT_SECRET_KEYS", KEY)
    command_line = new_tvbot(monkeypatch, capsys)
    command_line("db", "upgrade")
    return command_line


def in_database(folder: Path, use: Callable[[Transaction], Awaitable[T]]) -> T:
    """Run code in one transaction of the database."""

    async def enqueue_nothing(_connection: AsyncConnection, _job: Job, _key: str, _delay: int) -> None:
        return

    async def run() -> T:
        database = Database(f"sqlite:///{folder}/tvbot.db")
        try:
            async with SqlUnitOfWork(database, Vault([KEY]), OrgId("default"), enqueue_nothing).write() as tx:
                return await use(tx)
        finally:
            await database.close()

    return asyncio.run(run())


def meet(folder: Path, *profiles: Profile) -> None:
    """Store a technician list with both addresses, then profiles in the order in which the bot reads them."""

    async def store(tx: Transaction) -> None:
        await tx.people.store_directory(Directory({ADA: "Ada", NEW: "Ada"}, NOW))
        for profile in profiles:
            await tx.people.store_profile(profile, NOW)

    in_database(folder, store)


def doubt(folder: Path, actor: Actor) -> AddressDoubt | None:
    async def read(tx: Transaction) -> AddressDoubt | None:
        known_user = await tx.people.known_user(actor)
        assert known_user is not None
        return known_user.address_doubt

    return in_database(folder, read)


def enqueued(folder: Path) -> list[str]:
    """Return how the keys of the jobs begin that wait for the bot."""
    engine = sa.create_engine(f"sqlite:///{folder}/tvbot.db")
    with engine.connect() as connection:
        keys = connection.execute(sa.text("SELECT workflow_uuid FROM workflow_status")).scalars().all()
    engine.dispose()
    return sorted(key.partition(":")[0] for key in keys)


@pytest.mark.parametrize("account", [NEW, f"  {NEW.upper()} ", "slack/T1/UADA"])
def test_changed_address_is_confirmed_and_audited(tvbot: Tvbot, tmp_path: Path, account: str) -> None:
    """The entry names the operator. The running bot announces it, and refreshes the homes."""
    meet(tmp_path, Profile(ACCOUNT, "Ada", ADA), Profile(ACCOUNT, "Ada", NEW))
    assert doubt(tmp_path, ACCOUNT) is AddressDoubt.CHANGED
    said = f"slack/T1/UADA: Ada works as {NEW} now.\n"
    assert tvbot("admins", "confirm", account) == (0, said, "")
    assert doubt(tmp_path, ACCOUNT) is None
    (line,) = tvbot("audit", "export", "--format", "jsonl")[1].splitlines()
    entry = json.loads(line)
    assert entry["by"].startswith("operator")
    assert "tvbot admins confirm" in entry["by"]
    assert (entry["action"], entry["subject"]) == ("account.confirmed", f"slack/T1/UADA is {NEW}")
    assert enqueued(tmp_path) == ["announce", "homes_of"]
    assert tvbot("audit", "verify")[0] == 0


def test_account_without_doubt_is_left_as_it_is(tvbot: Tvbot, tmp_path: Path) -> None:
    meet(tmp_path, Profile(ACCOUNT, "Ada", ADA))
    said = f"slack/T1/UADA: Ada works as {ADA} already. Nothing was changed.\n"
    assert tvbot("admins", "confirm", ADA) == (0, said, "")
    assert tvbot("audit", "export", "--format", "jsonl") == (0, "", "")
    assert enqueued(tmp_path) == []


def test_account_that_waits_is_meant_where_another_one_works_under_the_address(
    tvbot: Tvbot, tmp_path: Path
) -> None:
    meet(tmp_path, Profile(ACCOUNT, "Ada", ADA), Profile(TWIN, "Ada", ADA))
    assert tvbot("admins", "confirm", ADA)[1] == f"slack/T1/UTWIN: Ada works as {ADA} now.\n"
    assert (doubt(tmp_path, TWIN), doubt(tmp_path, ACCOUNT)) == (None, AddressDoubt.TAKEN)


def test_operator_chooses_among_several_accounts(tvbot: Tvbot, tmp_path: Path) -> None:
    """Two wait for an address that a third one has had."""
    third = Actor(Platform.SLACK, "T1", "UTHIRD")
    meet(tmp_path, Profile(ACCOUNT, "Ada", ADA), Profile(TWIN, "Ada", ADA), Profile(third, "Ada B.", ADA))
    code, output, errors = tvbot("admins", "confirm", ADA)
    assert (code, output) == (2, "")
    assert "slack/T1/UTHIRD (Ada B.), slack/T1/UTWIN (Ada)" in errors
    assert doubt(tmp_path, TWIN) is AddressDoubt.TAKEN
    assert tvbot("admins", "confirm", "slack/T1/UTWIN")[0] == 0
    assert doubt(tmp_path, TWIN) is None


@pytest.mark.parametrize("account", ["nobody@example.test", "slack/T1/UNOBODY"])
def test_account_that_the_bot_never_saw_cannot_be_confirmed(tvbot: Tvbot, account: str) -> None:
    code, output, errors = tvbot("admins", "confirm", account)
    assert (code, output) == (1, "")
    assert "the bot has seen no such account" in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize("account", ["Ada", "slack/UADA", "irc/T1/UADA", "slack//UADA", ""])
def test_what_is_no_account_is_wrong_use(tvbot: Tvbot, account: str) -> None:
    code, _output, errors = tvbot("admins", "confirm", account)
    assert code == 2
    assert "PLATFORM/TENANT/USER" in errors


def test_somebody_who_may_not_run_sessions_is_not_confirmed(tvbot: Tvbot, tmp_path: Path) -> None:
    meet(tmp_path, Profile(ACCOUNT, "Ada", ADA), Profile(ACCOUNT, "Ada", NEW, is_guest=True))
    code, output, errors = tvbot("admins", "confirm", NEW)
    assert (code, output) == (1, "")
    assert "cannot be confirmed: only technicians of ServiceDesk Plus can" in errors
    assert doubt(tmp_path, ACCOUNT) is AddressDoubt.CHANGED


def test_wrong_key_confirms_nothing(tvbot: Tvbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its audit entry could not be signed."""
    meet(tmp_path, Profile(ACCOUNT, "Ada", ADA), Profile(ACCOUNT, "Ada", NEW))
    assert tvbot("admins", "confirm", NEW)[0] == 0
    meet(tmp_path, Profile(ACCOUNT, "Ada", ADA))
    monkeypatch.setenv("TVBOT_SECRET_KEYS", new_key())
    code, _output, errors = tvbot("admins", "confirm", ADA)
    assert code == 1
    assert "no key in TVBOT_SECRET_KEYS fits the signature" in errors
    monkeypatch.setenv("TVBOT_SECRET_KEYS", KEY)
    assert doubt(tmp_path, ACCOUNT) is AddressDoubt.CHANGED
