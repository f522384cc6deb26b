"""What the dashboard and the alerts ask for is there, in a bot that has worked for a moment."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from support.bot import BotProcess, RunningBot, settings_for
from support.chat_user import ChatUser
from support.in_slack import InSlack
from support.in_teams import InTeams
from support.ports import free_port
from support.queries import ALERTS, Query, Selector, all_queries
from support.slack_user import SlackUser

from adapters.slack.route import PATH as SLACK_PATH
from sandbox.environment import Environment

PROMETHEUS = shutil.which("prometheus")
BUSY_SECONDS = 120
"""How long anything may take on a busy machine."""
ADDED_BY_PROMETHEUS = {"instance", "job"}
Labels = dict[str, str]
Scrape = dict[str, list[Labels]]
"""The labels of the samples of each metric."""


async def scrape(url: str) -> Scrape:
    async with aiohttp.ClientSession() as client, client.get(f"{url}/metrics") as answer:
        text = await answer.text()
    found: Scrape = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(dict(sample.labels))
    return found


async def forge_a_request(url: str) -> None:
    """Send Slack's route a request without a signature."""
    async with aiohttp.ClientSession() as client, client.post(f"{url}{SLACK_PATH}", data=b"a=b") as answer:
        assert answer.status == 401


def is_there(selector: Selector, scraped: Scrape) -> bool:
    return any(
        all(
            matcher.label in ADDED_BY_PROMETHEUS or matcher.fits(labels.get(matcher.label, ""))
            for matcher in selector.matchers
        )
        for labels in scraped.get(selector.metric, [])
    )


def missing(query: Query, scraped: Scrape) -> list[str]:
    """List what a query names and a scrape does not have."""
    selectors = [one for one in query.selectors if one.metric != "up"]
    labels = {
        label for one in selectors for labels in scraped.get(one.metric, []) for label in labels
    } | ADDED_BY_PROMETHEUS
    named = query.grouped_labels | {matcher.label for one in selectors for matcher in one.matchers}
    return [one.text for one in selectors if not is_there(one, scraped)] + sorted(named - labels)


async def test_every_query_names_metrics_and_labels_that_are_there(
    connected: ChatUser, bot: RunningBot
) -> None:
    number, _card = await connected.create()
    url = bot.bot.settings.public_url or ""
    await forge_a_request(url)
    figures = bot.bot._figures
    assert figures is not None
    await bot.run(figures.read)
    platform = "teams" if isinstance(connected, InTeams) else "slack"

    async def is_measured() -> bool:
        scraped = await scrape(url)
        return {"platform": platform} in scraped.get("tvbot_first_card_seconds_count", [])

    async with asyncio.timeout(BUSY_SECONDS):
        while not await is_measured():
            await asyncio.sleep(0.2)  # the text of the metrics is made once a second
    scraped = await scrape(url)
    assert {query.place: gone for query in all_queries() if (gone := missing(query, scraped))} == {}
    shown = {
        value
        for samples in scraped.values()
        for labels in samples
        for label, value in labels.items()
        if label not in {"le", "status"}
    }
    person = connected.technician
    assert shown.isdisjoint({person.email, person.name, number, connected.channel})


def test_a_query_of_what_is_not_there_is_found() -> None:
    """A test that finds none would prove nothing."""
    scraped: Scrape = {"tvbot_ready": [{"check": "database"}]}
    assert missing(Query("", "min by (check) (tvbot_ready) == 0", frozenset()), scraped) == []
    assert missing(Query("", "tvbot_redy", frozenset()), scraped) == ["tvbot_redy"]
    assert missing(Query("", 'tvbot_ready{check="disk"}', frozenset()), scraped) == [
        'tvbot_ready{check="disk"}'
    ]
    assert missing(Query("", "sum by (chek) (tvbot_ready)", frozenset()), scraped) == ["chek"]


@asynccontextmanager
async def prometheus(bot_url: str, folder: Path) -> AsyncIterator[str]:
    """Run Prometheus with the alerts, and with the bot as the one that it asks every second. Yields its address."""
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(ALERTS)],
        "scrape_configs": [
            {"job_name": "tvbot", "static_configs": [{"targets": [bot_url.removeprefix("http://")]}]}
        ],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    address = f"127.0.0.1:{free_port()}"
    process = await asyncio.create_subprocess_exec(
        PROMETHEUS or "",
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address={address}",
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield f"http://{address}"
    finally:
        process.terminate()
        await process.wait()


async def ask(url: str, path: str, **parameters: str) -> dict[str, Any]:
    """Return the data of an answer of Prometheus. Empty while it is not ready."""
    try:
        async with (
            aiohttp.ClientSession() as client,
            client.get(f"{url}/api/v1/{path}", params=parameters) as answer,
        ):
            if answer.status == 503:
                return {}
            assert answer.status == 200, (parameters, await answer.text())
            data: dict[str, Any] = (await answer.json())["data"]
            return data
    except aiohttp.ClientConnectionError:
        return {}


@pytest.mark.long
@pytest.mark.skipif(PROMETHEUS is None, reason="Prometheus is not installed here (Debian: prometheus)")
async def test_prometheus_itself_answers_every_query(
    own_environment: Environment, tmp_path: Path, bot_process: Callable[..., BotProcess]
) -> None:
    settings = settings_for(own_environment, f"sqlite:///{tmp_path}/tvbot.db")
    url = settings["TVBOT_PUBLIC_URL"]
    own_environment.set_bot_url(url)
    # Before the bot reads the list of technicians.
    users = [chat(SlackUser.new(own_environment)) for chat in (InSlack, InTeams)]
    await bot_process(settings, tmp_path / "log", "serve").start()
    await forge_a_request(url)
    for user in users:
        await user.authorize()
        await user.create()
    # What a query asks for, without the limit from which on an alert warns.
    asked = {selector.text: query.place for query in all_queries() for selector in query.selectors} | {
        query.with_window("1m").partition(" > 0")[0]: query.place
        for query in all_queries()
        if ".json" in query.place
    }
    async with prometheus(url, tmp_path) as server, asyncio.timeout(BUSY_SECONDS):
        while asked:
            for text in list(asked):
                if (await ask(server, "query", query=text)).get("result"):
                    del asked[text]
            await asyncio.sleep(0.5)  # Prometheus tells nobody when it has asked the bot
        for query in all_queries():
            assert await ask(server, "query", query=query.with_window("1m"))
        rules = [rule for group in (await ask(server, "rules"))["groups"] for rule in group["rules"]]
        while any(rule["health"] == "unknown" for rule in rules):
            await asyncio.sleep(0.5)  # as above
            rules = [rule for group in (await ask(server, "rules"))["groups"] for rule in group["rules"]]
        assert {rule["name"]: rule["health"] for rule in rules} == {
            query.place: "ok" for query in all_queries() if ".json" not in query.place
        }
        firing = [rule["name"] for rule in rules if rule["state"] == "firing"]
        assert firing == [], "a bot that works well alarms nobody"
