"""An installation that is complete and sound, over simulated outside systems."""

import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection
from support.bot import settings_for
from support.doctor import HOOK_SECRET, KEY, ORG, Installation, execute
from support.fakes.services import Fakes, build_services

from adapters.engine.queue import JobQueue
from adapters.web.health import Health
from adapters.web.hooks import ServiceDeskHook
from bot.jobs import Job
from bot.model.connection import Account, Tokens
from bot.model.ids import OrgId, email
from bot.model.secret import Secret
from sandbox.environment import Environment
from sandbox.server import Server
from storage.canary import check_keys
from storage.database import Database
from storage.migrate import upgrade_schema
from storage.tables import rounds
from storage.unit_of_work import SqlUnitOfWork
from storage.vault import Vault


@pytest.fixture(scope="module")
async def environment() -> AsyncIterator[Environment]:
    environment = Environment()
    await environment.start()
    environment.servicedesk.add_technician("Ana", "ana@example.test")
    environment.servicedesk.add_request("101", "A test", "Rita", "rita@example.test")
    yield environment
    await environment.stop()


@pytest.fixture(scope="module")
async def prepared_file(tmp_path_factory: pytest.TempPathFactory, environment: Environment) -> Path:
    """A database that a bot has started on, and with which a technician is connected. Each test gets a copy."""
    file: Path = tmp_path_factory.mktemp("prepared") / "tvbot.db"
    database = Database(f"sqlite:///{file}")
    upgrade_schema(database)
    JobQueue.migrate(database)
    await check_keys(database, Vault([KEY]), OrgId(ORG))
    await _connect_technician(database, environment)
    await database.close()
    execute(file, sa.insert(rounds).values(org_id=ORG, number=1, completed_at=datetime.now(UTC)))
    return file


async def _enqueue_nothing(_connection: AsyncConnection, _job: Job, _key: str, _delay_seconds: int) -> None:
    return


async def _connect_technician(database: Database, environment: Environment) -> None:
    address = email("ana@example.test")
    account = environment.teamviewer.add_account(address, "Ana")
    access, refresh = environment.teamviewer.issue_tokens(address)
    unit_of_work = SqlUnitOfWork(database, Vault([KEY]), OrgId(ORG), _enqueue_nothing)
    async with unit_of_work.write() as tx:
        await tx.connections.connect(
            address,
            Account(account.userid, account.name, address),
            Tokens(Secret(access), Secret(refresh), expires_in=86_400),
            datetime.now(UTC),
        )


@pytest.fixture(scope="module")
async def bot_url() -> AsyncIterator[str]:
    """What answers at the public address: the routes of a bot that the doctor calls."""
    app = web.Application()
    Health({}, sign=Vault([KEY]).sign).add_public_routes(app, has_metrics=False)
    ServiceDeskHook(build_services(Fakes()), Secret(HOOK_SECRET)).add_routes(app)
    server = Server(app)
    yield await server.start()
    await server.stop()


@pytest.fixture
def installation(
    environment: Environment,
    prepared_file: Path,
    bot_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Installation]:
    file = Path(shutil.copy(prepared_file, tmp_path / "tvbot.db"))
    variables = settings_for(
        environment,
        f"sqlite:///{file}",
        TVBOT_SECRET_KEYS=KEY,
        TVBOT_PUBLIC_URL=bot_url,
        TVBOT_SLACK_APP_TOKEN=environment.slack.app_token,
        TVBOT_SERVICEDESK_HOOK_SECRET=HOOK_SECRET,
        TVBOT_POLL_SECONDS="15",
        TVBOT_ADMINS="Ana@Example.test, somebody.who.left@example.test",
    )
    installation = Installation(environment, variables, file, tmp_path, monkeypatch)
    installation.execute(sa.update(rounds).values(completed_at=datetime.now(UTC)))
    yield installation
    for undo in installation.undo:
        undo()
    for sandbox in (environment.servicedesk, environment.slack, environment.teams, environment.teamviewer):
        sandbox.faults.clear()
    environment.servicedesk.reset_behaviour()
    environment.servicedesk.forget_issued_tokens()
