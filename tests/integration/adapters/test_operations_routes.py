"""What operators and everybody else learn from ``/readyz`` and ``/metrics``, and what asking costs."""

import asyncio
import errno
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from unittest.mock import Mock

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import make_mocked_request
from support.bot import settings_for
from support.ports import free_port
from support.slack_user import until

from adapters.bootstrap import Bot
from adapters.settings import settings_from
from adapters.settings.checks import problems_for_serving
from adapters.web import health as health_module
from adapters.web.health import METRICS_SECONDS, OLD_AFTER_SECONDS, Health
from adapters.web.server import CannotListen, WebServer, new_application
from sandbox.environment import Environment

FORWARDED = {"X-Forwarded-For": "203.0.113.9"}


class Checked:
    """A check whose outcome a test sets. It counts how often it ran."""

    def __init__(self) -> None:
        self.problem: str | None = None
        self.runs = 0
        self.seconds = 0.0

    async def __call__(self) -> str | None:
        self.runs += 1
        await asyncio.sleep(0)
        return self.problem

    def now(self) -> float:
        return self.seconds


@pytest.fixture
def check() -> Checked:
    return Checked()


@asynccontextmanager
async def served(
    check: Checked, *, is_public: bool, health: Health | None = None
) -> AsyncIterator[tuple[ClientSession, str]]:
    """Serve the routes of a process that has made one round of checks."""
    health = health or Health({"database": check}, now=check.now)
    await health.run_checks()
    app = new_application()
    if is_public:
        health.add_public_routes(app, has_metrics=True)
    else:
        health.add_routes(app)
    server = WebServer(app, "127.0.0.1", 0)
    await server.start()
    try:
        async with ClientSession() as client:
            yield client, f"http://127.0.0.1:{server.port}"
    finally:
        await server.stop()


async def test_hundred_askers_cause_no_check(check: Checked) -> None:
    """They read the outcome of the last round."""
    health = Health({"database": check}, now=check.now)
    async with served(check, is_public=True, health=health) as (client, url):

        async def ask() -> int:
            async with client.get(f"{url}/readyz") as answer:
                return answer.status

        assert set(await asyncio.gather(*(ask() for _asker in range(100)))) == {200}
        check.problem = "away"
        check.seconds += 1
        assert await ask() == 200
        assert check.runs == 1
        await health.run_checks()
        assert await ask() == 503


@pytest.mark.parametrize("challenge", ["", "x", "0" * 31, "0" * 33, "audit/default/1/" + "0" * 32])
async def test_only_a_random_number_is_signed(check: Checked, challenge: str) -> None:
    """Nobody gets a signature of a text of their own."""
    health = Health({"database": check}, now=check.now, sign=lambda text: f"signed {text}")
    async with served(check, is_public=True, health=health) as (client, url):
        async with client.get(f"{url}/healthz", params={"challenge": "0a" * 16}) as answer:
            assert await answer.json() == {"status": "alive", "proof": f"signed healthz/{'0a' * 16}"}
        async with client.get(f"{url}/healthz", params={"challenge": challenge}) as answer:
            assert await answer.json() == {"status": "alive"}


async def test_rounds_go_on_by_themselves(check: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_module, "CHECK_EVERY_SECONDS", 0)
    health = Health({"database": check})
    request = make_mocked_request("GET", "/readyz")
    assert (await health.show_ready(request)).text == (
        '{"status": "not ready", "reasons": {"checks": "no round of checks is done yet"}}'
    )
    health.start()
    await until(lambda: check.runs > 3)
    assert (await health.show_ready(request)).status == 200
    await health.stop()
    runs = check.runs
    await asyncio.sleep(0)
    assert check.runs == runs
    assert "it is stopping" in str((await health.show_ready(request)).text)


async def test_outcome_that_is_too_old_says_nothing(check: Checked) -> None:
    """The rounds have stopped, for example because one hangs."""
    health = Health({"database": check}, now=check.now)
    await health.run_checks()
    request = make_mocked_request("GET", "/readyz")
    check.seconds = OLD_AFTER_SECONDS
    assert (await health.show_ready(request)).text == '{"status": "ready", "checked_seconds_ago": 20.0}'
    check.seconds += 1
    answer = await health.show_ready(request)
    assert answer.status == 503
    assert "the last round of checks was 21 s ago" in str(answer.text)


@pytest.mark.parametrize(
    ("is_public", "headers", "shows_reasons"),
    [(True, {}, True), (True, FORWARDED, False), (False, {}, True), (False, FORWARDED, True)],
    ids=["local", "forwarded", "operations port", "forwarded to the operations port"],
)
async def test_reasons_are_for_operators_alone(
    check: Checked, *, is_public: bool, headers: dict[str, str], shows_reasons: bool
) -> None:
    check.problem = "the disk is full"
    async with (
        served(check, is_public=is_public) as (client, url),
        client.get(f"{url}/readyz", headers=headers) as answer,
    ):
        assert answer.status == 503
        more = {"reasons": {"database": "the disk is full"}, "checked_seconds_ago": 0.0}
        told = more if shows_reasons else {}
        assert await answer.json() == {"status": "not ready", **told}


async def test_metrics_are_for_operators_alone(check: Checked) -> None:
    async with served(check, is_public=True) as (client, url):
        async with client.get(f"{url}/metrics") as answer:
            assert "tvbot_answer_seconds" in await answer.text()
        async with client.get(f"{url}/metrics", headers=FORWARDED) as answer:
            assert (answer.status, await answer.text()) == (403, "")
    async with (
        served(check, is_public=False) as (client, url),
        client.get(f"{url}/metrics", headers=FORWARDED) as answer,
    ):
        assert answer.status == 200


@pytest.mark.parametrize(("peer", "status"), [("127.0.0.1", 200), ("::1", 200), ("203.0.113.9", 403)])
async def test_metrics_of_another_machine_are_refused(check: Checked, peer: str, status: int) -> None:
    transport = Mock()
    transport.get_extra_info.side_effect = lambda name, default=None: (
        (peer, 5000) if name == "peername" else default
    )
    request = make_mocked_request("GET", "/metrics", transport=transport)
    answer = await Health({"database": check}).show_metrics_to_this_machine(request)
    assert answer.status == status


async def test_text_of_metrics_is_made_once_a_second(check: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Mock(side_effect=[b"first", b"second"])
    monkeypatch.setattr("adapters.web.health.generate_latest", made)
    health = Health({}, now=check.now)
    request = make_mocked_request("GET", "/metrics")
    shown = [(await health.show_metrics(request)).body for _asker in range(100)]
    assert set(shown) == {b"first"}
    check.seconds += METRICS_SECONDS
    assert (await health.show_metrics(request)).body == b"second"


async def test_check_that_hangs_is_a_problem(check: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.web.health.CHECK_SECONDS", 1)

    async def hang() -> None:
        await asyncio.Event().wait()

    health = Health({"database": hang, "worker": check}, now=check.now)
    await health.run_checks()
    answer = await health.show_ready(make_mocked_request("GET", "/readyz"))
    assert answer.text == (
        '{"status": "not ready", "reasons": {"database": "TimeoutError"}, "checked_seconds_ago": 0.0}'
    )


async def test_hundred_askers_write_nothing_to_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check of the database writes. It runs at its own pace, and nobody who asks makes it run."""
    monkeypatch.setattr(health_module, "CHECK_EVERY_SECONDS", 3600)
    environment = Environment()
    await environment.start()
    settings = settings_for(environment, f"sqlite:///{tmp_path}/tvbot.db")
    bot = Bot(settings_from(settings), works=False)
    await bot.start()
    try:
        async with ClientSession() as client:

            async def ask(route: str) -> int:
                async with client.get(f"{settings['TVBOT_PUBLIC_URL']}/{route}") as answer:
                    await answer.read()
                    return answer.status

            await until(lambda: _probes(tmp_path) == 1)
            routes = ["readyz", "metrics"] * 100
            statuses = await asyncio.gather(*(ask(route) for route in routes))
        assert set(statuses) == {503, 200}, "without background work the bot is not ready"
        assert _probes(tmp_path) == 1
    finally:
        await bot.stop()
        await environment.stop()


def _probes(folder: Path) -> int:
    """Return how often it was checked that the database can be written."""
    with closing(sqlite3.connect(folder / "tvbot.db")) as connection:
        return int(connection.execute("SELECT probes FROM canaries").fetchone()[0])


async def test_operations_port_has_the_routes_and_the_main_port_no_metrics(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    environment = Environment()
    await environment.start()
    folder = tmp_path_factory.mktemp("bot")
    settings = settings_for(
        environment, f"sqlite:///{folder}/tvbot.db", TVBOT_OPERATIONS_PORT=str(free_port())
    )
    bot = Bot(settings_from(settings), works=False)
    await bot.start()
    try:
        async with ClientSession() as client:
            operations = f"http://127.0.0.1:{settings['TVBOT_OPERATIONS_PORT']}"
            statuses = {
                url: (await client.get(url)).status
                for base in (operations, settings["TVBOT_PUBLIC_URL"])
                for url in (f"{base}/healthz", f"{base}/readyz", f"{base}/metrics")
            }
        # Without background work the bot is not ready.
        assert list(statuses.values()) == [200, 503, 200, 200, 503, 404]
    finally:
        await bot.stop()
        await environment.stop()


def test_operations_port_must_differ_from_the_port() -> None:
    settings = settings_from({"TVBOT_PORT": "4000", "TVBOT_OPERATIONS_PORT": "4000"})
    problem = "TVBOT_OPERATIONS_PORT: must be another port than TVBOT_PORT"
    assert problem in problems_for_serving(settings)


async def test_operations_port_that_is_taken_is_named(check: Checked) -> None:
    async with served(check, is_public=False) as (_client, url):
        port = int(url.rpartition(":")[2])
        second = WebServer(new_application(), "127.0.0.1", port, settings="TVBOT_OPERATIONS_PORT")
        with pytest.raises(CannotListen) as raised:
            await second.start()
        assert (raised.value.settings, raised.value.errno) == ("TVBOT_OPERATIONS_PORT", errno.EADDRINUSE)
        await second.stop()
