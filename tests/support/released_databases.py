"""Databases as released versions left them, so that an upgrade from each of them is tested.

``sh scripts/keep-database VERSION`` runs this as a program: a bot on each kind of database lives through a small story
with simulated outside systems. A backup of each, the key of their secrets, and what must be readable later are stored in
``tests/data/releases/VERSION``. Nothing in them belongs to a real person or system.
"""

import asyncio
import gzip
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection
from support import postgres
from support.bot import BotProcess, settings_for
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.slack_user import SlackUser, until

from bot.jobs import Job
from bot.model.ids import Email, OrgId
from sandbox.environment import Environment
from storage.backup import back_up, restore
from storage.database import Database
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault

FOLDER = Path(__file__).parents[1] / "data" / "releases"
KINDS = ("sqlite", "postgresql")


async def read_all(unit_of_work: SqlUnitOfWork, technicians: list[str]) -> dict[str, Any]:
    """Return what the story has left, in words that do not depend on the version: sessions, secrets, choices, the trail."""
    async with unit_of_work.read() as tx:
        told = [await _technician(tx, Email(address)) for address in technicians]
        switches = await tx.switches.read()
        return {
            "technicians": dict(zip(technicians, told, strict=True)),
            "admins": sorted(await tx.people.granted_admins()),
            "widget": sorted(place.value for place in switches.locations),
            "audit": [
                [one.entry.by, one.entry.action.value, one.entry.subject] for one in await tx.audit.all()
            ],
        }


async def _technician(tx: Any, address: Email) -> dict[str, Any]:
    connection = await tx.connections.active(address)
    history = await tx.sessions.history(technician=address, limit=20)
    return {
        "account": connection.account.email,
        "wants_pings": await tx.people.wants_pings(address),
        "sessions": [
            {
                "number": one.number,
                "kind": one.kind.value,
                "state": one.state.value,
                "code": one.code,
                "subject": one.subject,
                "note": one.note,
                "requester": one.requester.email,
                "requester_link": one.requester_link.reveal(),
                "supporter_link": one.supporter_link.reveal(),
                "notices": sorted(
                    [notice.channel.value, notice.state.value]
                    for notice in await tx.notices.of_session(one.id)
                ),
            }
            for one in history
        ],
    }


def unit_of_work_of(database: Database, key: str) -> SqlUnitOfWork:
    """Return the bot's view of a database whose secrets are sealed under ``key``."""

    async def enqueue_nothing(_on: AsyncConnection, _job: Job, _key: str, _delay_seconds: int) -> None:
        return

    return SqlUnitOfWork(database, Vault([key]), OrgId("default"), enqueue_nothing)


async def restore_into(database: Database, version: str) -> dict[str, Any]:
    """Fill an empty database with what a version left. Return what was written down about it then."""
    kind = "sqlite" if database.is_sqlite else "postgresql"
    with _unpacked(FOLDER / version / f"{kind}.gz") as backup:
        await asyncio.to_thread(restore, database, backup)
    facts: dict[str, dict[str, Any]] = json.loads(
        (FOLDER / version / "facts.json").read_text(encoding="utf-8")
    )
    return facts[kind]


@contextmanager
def _unpacked(file: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        backup = Path(folder) / "backup"
        backup.write_bytes(gzip.decompress(file.read_bytes()))
        yield backup


async def _live_through(tom: InSlack, ines: InTeams) -> None:
    """Let two technicians work: sessions in three states, choices, switches, a role."""
    await tom.authorize()
    over, _session = await tom.create(subject="Printer offline")
    await tom.type(f"end {over}")
    await until(lambda: tom.card(over, "Ended by"))
    joined = tom.slack_user.new_request("VPN fails – again")
    await tom.type(f"create {joined} --note on the third floor")
    await until(lambda: tom.card(joined, "Waiting for") and tom.environment.servicedesk.notes(joined))
    tom.environment.teamviewer.join_session(tom.slack_user.sessions(joined)[0].code)
    await until(lambda: tom.card(joined, "is there"))
    await tom.create("pilot", "Router blinks")
    await tom.type("notify off")
    await tom.type("admin widget off home")
    await tom.type("admin grant {}", mentioning=ines.technician)
    await tom.reads("an SDAdmin")
    await ines.authorize()
    await ines.create(subject="Mail full")


async def _keep(folder: Path, kind: str, database_url: str) -> dict[str, Any]:
    environment = Environment()
    await environment.start()
    tom = InSlack(SlackUser.new(environment))
    ines = InTeams(SlackUser.new(environment))
    settings = settings_for(environment, database_url, TVBOT_ADMINS=tom.technician.email)
    environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = BotProcess(settings, folder / f"{kind}.log", "serve")
    try:
        await bot.start()
        await _live_through(tom, ines)
        assert await bot.stop() == 0
    finally:
        await bot.clean_up()
        await environment.stop()
    database = Database(database_url)
    backup = folder / f"{kind}.backup"
    await asyncio.to_thread(back_up, database, backup)
    key = settings["TVBOT_SECRET_KEYS"]
    technicians = [tom.technician.email, ines.technician.email]
    left = await read_all(unit_of_work_of(database, key), technicians)
    await database.close()
    (folder / f"{kind}.gz").write_bytes(gzip.compress(backup.read_bytes(), mtime=0))
    backup.unlink()
    (folder / f"{kind}.log").unlink()
    return {"key": key, "left": left}


async def main(version: str) -> None:
    """Keep a database of each kind."""
    folder = FOLDER / version
    folder.mkdir(parents=True)
    with postgres.cluster() as server, tempfile.TemporaryDirectory() as place:
        urls = {"sqlite": f"sqlite:///{place}/tvbot.db", "postgresql": postgres.new_database(server, "kept")}
        facts = {kind: await _keep(folder, kind, urls[kind]) for kind in KINDS}
    text = json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / "facts.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
