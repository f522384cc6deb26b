"""Two processes are replaced by the next version, one after the other, while people create sessions all the time."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from support import postgres
from support.balancer import Balancer
from support.bot import BotProcess, settings_for
from support.next_version import REVISION, write_next_version
from support.ports import free_port
from support.slack_user import until

from chaos.book import Answer
from chaos.typists import SlackTypist, TeamsTypist, Typist, new_request
from sandbox.environment import Environment
from storage.database import Database
from storage.revisions import newest_revision

pytestmark = pytest.mark.long

BUSY_SECONDS = 120
"""How long anything may take on a busy machine."""
EACH = 5
"""So many commands at least are accepted in each chat before the next step of the upgrade."""
UNDER_WAY = 10
"""So many sessions of a chat are created at the same time at most."""
HELD = "a job of another version waits"


class Load:
    """Creates sessions in one chat until the end of the upgrade. ``numbers`` are the requests of the accepted commands."""

    def __init__(self, typist: Typist) -> None:
        self.typist = typist
        self.numbers: list[str] = []
        self._is_over = asyncio.Event()

    async def run(self) -> None:
        """Create one session after the other. A command that was not accepted is typed again, as a person does."""
        while not self._is_over.is_set():
            number = new_request(self.typist.user.slack_user)
            while (await self.typist.send(f"create {number}"))[0] is not Answer.ACCEPTED:
                continue
            self.numbers.append(number)
            await until(lambda: len(self._unfinished()) < UNDER_WAY, timeout=BUSY_SECONDS)

    async def go_on(self) -> None:
        """Wait until some more commands were accepted."""
        wanted = len(self.numbers) + EACH
        await until(lambda: len(self.numbers) >= wanted, timeout=BUSY_SECONDS)

    async def expect_each_done_once(self) -> None:
        """End, and assert that each accepted command led to one session, one mail and one card, and no note twice."""
        self._is_over.set()
        await until(lambda: not self._unfinished(), timeout=BUSY_SECONDS)
        user = self.typist.user
        notes = user.environment.servicedesk.notes
        done = {
            number: (
                len(user.slack_user.sessions(number)),
                len(user.environment.mailbox.messages_to(f"ann{number}@example.test")),
                user.count_cards(number),
                # A notice that was late has a note of its own, so a request may have several. None comes twice.
                1 + len(notes(number)) - len({one.html for one in notes(number)}),
            )
            for number in self.numbers
        }
        assert {number: counts for number, counts in done.items() if counts != (1, 1, 1, 1)} == {}

    def _unfinished(self) -> list[str]:
        user = self.typist.user
        return [
            one
            for one in self.numbers
            if not (user.card(one, "E-mail to Ann Lee: sent") and user.environment.servicedesk.notes(one))
        ]


async def revision_of(database_url: str) -> str:
    """Return the revision that the schema is at."""
    database = Database(database_url)
    async with database.reader.connect() as connection:
        revision = str(await connection.scalar(sa.text("SELECT version_num FROM alembic_version")))
    await database.close()
    return revision


async def test_next_version_takes_over_and_nothing_is_lost_or_doubled(
    own_environment: Environment,
    tmp_path: Path,
    bot_process: Callable[..., BotProcess],
    postgres_server: str,
) -> None:
    database_url = postgres.new_database(postgres_server, "rolling_upgrade")
    write_next_version(tmp_path / "next")
    loads = [Load(SlackTypist(own_environment)), Load(TeamsTypist(own_environment))]
    async with Balancer().running() as balancer:
        settings = settings_for(
            own_environment,
            database_url,
            TVBOT_PUBLIC_URL=balancer.url,
            TVBOT_DEAD_AFTER_SECONDS="3",
            # On a busy machine a call may take longer than a stop waits by default.
            TVBOT_STOP_SECONDS="30",
        )
        own_environment.set_bot_url(balancer.url)

        async def start(name: str, **more: Path) -> tuple[BotProcess, int]:
            port = free_port()
            bot = bot_process(
                {**settings, "TVBOT_PORT": str(port)},
                tmp_path / name,
                "serve",
                url=f"http://127.0.0.1:{port}",
                **more,
            )
            await bot.start()
            balancer.ports.append(port)
            return bot, port

        async def both_serve(*ports: int) -> None:
            served = balancer.served.copy()
            await until(
                lambda: all(balancer.served[one] > served[one] for one in ports), timeout=BUSY_SECONDS
            )

        (old, old_port), (other, other_port) = [await start(name) for name in ("old", "other")]
        for load in loads:
            await load.typist.user.authorize()
        typing = [asyncio.create_task(load.run()) for load in loads]
        for load in loads:
            await load.go_on()
        assert await revision_of(database_url) == newest_revision()

        new, new_port = await start("new", folder=tmp_path / "next")
        assert await revision_of(database_url) == REVISION
        # Three processes of two versions work on the schema of the next one. The old ones get its jobs too.
        await both_serve(old_port, other_port, new_port)
        await until(lambda: HELD in old.log() + other.log(), timeout=BUSY_SECONDS)

        assert await old.stop() == 0
        for load in loads:
            await load.go_on()
        newer, _port = await start("newer", folder=tmp_path / "next")
        assert await other.stop() == 0
        for load in loads:
            await load.go_on()
        await asyncio.gather(*(load.expect_each_done_once() for load in loads))
        await asyncio.gather(*typing)
        assert balancer.unserved == 0
        for bot in (new, newer):
            assert await bot.stop() == 0
        assert [bot.log() for bot in (old, other, new, newer) if "Traceback" in bot.log()] == []
