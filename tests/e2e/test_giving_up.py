"""Whatever authorization is given up is revoked at TeamViewer: at once, or as soon as that can be done."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from support.bot import RunningBot
from support.desk import Desk, until
from support.reading import labels, urls_in

from bot.model.ids import Email
from sandbox.environment import Environment
from sandbox.faults import Fault


@pytest.fixture(autouse=True)
def _watch_tries_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every round tries what could not be revoked before."""
    monkeypatch.setattr("bot.use_cases.logout.REVOKE_RETRY_AFTER", timedelta(0))
    monkeypatch.setattr("bot.workflows.revoke_connections.REVOKE_RETRY_AFTER", timedelta(0))


def alive(town: Environment, email: str) -> int:
    """How many consents of an account TeamViewer still heeds."""
    tokens = town.teamviewer._grants._access.values()
    return len({id(one.grant) for one in tokens if one.grant.account.email == email and _is_alive(one)})


def _is_alive(token: Any) -> bool:
    return not token.grant.is_revoked


async def is_forgotten(bot: RunningBot, *accounts: str) -> None:
    """Wait until nothing of these accounts is kept any more."""
    async with asyncio.timeout(20):
        while True:
            async with bot.unit_of_work.read() as tx:
                due = await tx.revocations.due(bot.services.clock() + timedelta(days=1))
            if not [one for one in due if one.account.email in accounts]:
                return
            await asyncio.sleep(0.02)  # the bot's tables tell nobody that they have changed


async def second_account(desk: Desk) -> str:
    """Connect another account as well; returns its address."""
    address = f"second-{desk.technician.email}"
    desk.town.teamviewer.add_account(address, "Second Account")
    await desk.authorize(account=address)
    return address


async def test_logout_revokes_every_account_that_was_connected(desk: Desk, bot: RunningBot) -> None:
    """Also the one that was connected before, and is only kept to be used again."""
    await desk.authorize()
    second = await second_account(desk)
    outcome = await desk.type("logout")
    assert "You are disconnected from Second Account, Tom Ray" in json.dumps(outcome.json)
    await until(lambda: alive(desk.town, second) == alive(desk.town, desk.technician.email) == 0)
    await is_forgotten(bot, second, desk.technician.email)
    assert "not connected yet" in json.dumps((await desk.type("status")).json)
    await desk.type("logout")
    await until(lambda: "No TeamViewer account is connected" in desk.seen())


async def test_while_teamviewer_is_away_tokens_are_kept_and_revoked_later(
    desk: Desk, bot: RunningBot, quick_retries: None
) -> None:
    """The technician is told; meanwhile nothing else can be done with the tokens."""
    await desk.authorize()
    desk.town.teamviewer.faults.plan("oauth.revoke", Fault.DROP, times=None)
    await desk.type("logout")
    await until(lambda: "has not yet revoked the access that you gave up" in desk.seen())
    assert alive(desk.town, desk.technician.email) == 1
    await desk.type(f"create {desk.new_request()}")
    await until(lambda: "First connect your TeamViewer account" in desk.seen())
    desk.town.teamviewer.faults.clear()
    await until(lambda: alive(desk.town, desk.technician.email) == 0)
    await is_forgotten(bot, desk.technician.email)


async def test_while_the_integration_is_off_nothing_reaches_teamviewer(desk: Desk, bot: RunningBot) -> None:
    """It is said so, and done when it is on again."""
    await desk.authorize()
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(Email(desk.technician.email))
    await desk.type("admin disable")
    before = len(desk.town.teamviewer.calls)
    outcome = await desk.type("logout")
    assert "TeamViewer is told as soon as it is on again" in json.dumps(outcome.json, ensure_ascii=False)
    user = desk.technician.user
    await desk.town.slack.send_event("app_home_opened", user=user, tab="home")
    await until(lambda: desk.town.slack.home_tab(user))
    assert len(desk.town.teamviewer.calls) == before
    assert alive(desk.town, desk.technician.email) == 1
    await desk.type("admin enable")
    await until(lambda: alive(desk.town, desk.technician.email) == 0)
    await is_forgotten(bot, desk.technician.email)


async def test_signing_in_again_revokes_the_sign_in_before(desk: Desk, bot: RunningBot) -> None:
    await desk.authorize()
    await desk.authorize()
    await until(lambda: alive(desk.town, desk.technician.email) == 1)
    await is_forgotten(bot, desk.technician.email)
    await desk.type(f"create {desk.new_request()}")
    await until(lambda: "is ready" in desk.seen())


async def test_an_account_that_nobody_confirms_is_revoked(
    desk: Desk, bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its time is over at once here. Whoever confirms it then is told to begin anew."""
    monkeypatch.setattr("bot.use_cases.authorize._MARGIN", -timedelta(minutes=10))
    town, foreign = desk.town, f"foreign-{desk.technician.email}"
    town.teamviewer.add_account(foreign, "Foreign Account")
    await desk.type("auth")
    await until(lambda: urls_in(town.slack.ephemerals(desk.technician.user, desk.channel)))
    start = urls_in(town.slack.ephemerals(desk.technician.user, desk.channel))[-1]
    async with aiohttp.ClientSession() as browser:
        async with browser.get(start, allow_redirects=False) as answer:
            back = await town.teamviewer.approve_sign_in(answer.headers["Location"], foreign)
        async with browser.get(back) as answer:
            page = await answer.text()
        confirmation = page.split('name="confirmation" value="')[1].split('"')[0]
        await until(lambda: alive(town, foreign) == 0)
        await is_forgotten(bot, foreign)
        confirm = back.split("/callback")[0] + "/confirm"
        async with browser.post(confirm, data={"confirmation": confirmation}) as answer:
            assert answer.status == 410
    assert "not connected yet" in json.dumps((await desk.type("status")).json)


async def test_tokens_that_came_without_an_account_are_revoked(desk: Desk, bot: RunningBot) -> None:
    """TeamViewer signed somebody in, and then did not say whom."""
    town = desk.town
    await desk.type("auth")
    await until(lambda: urls_in(town.slack.ephemerals(desk.technician.user, desk.channel)))
    start = urls_in(town.slack.ephemerals(desk.technician.user, desk.channel))[-1]
    town.teamviewer.faults.plan("account", Fault.SERVER_ERROR, times=None)
    async with aiohttp.ClientSession() as browser:
        async with browser.get(start, allow_redirects=False) as answer:
            back = await town.teamviewer.approve_sign_in(answer.headers["Location"], desk.technician.email)
        async with browser.get(back) as answer:
            assert answer.status == 502
    await until(lambda: alive(town, desk.technician.email) == 0)
    town.teamviewer.faults.clear()


async def test_a_connection_that_teamviewer_no_longer_accepts_is_not_offered(
    desk: Desk, bot: RunningBot
) -> None:
    """And the button of an older list leads to a new account instead."""
    await desk.authorize()
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(Email(desk.technician.email))
    await second_account(desk)
    old = (await desk.type("admin connections")).ephemerals[-1]
    assert labels([old]).count("Reuse") == 1
    desk.town.teamviewer.revoke_tokens(desk.technician.email)
    await desk.press(old, "Reuse")
    await until(lambda: "Your sessions are created as Tom Ray now" in desk.seen())
    await desk.type(f"create {desk.new_request()}")
    await until(lambda: "could not be created" in desk.seen())
    assert "Reuse" in labels([old])
    new = (await desk.type("admin connections")).ephemerals[-1]
    assert "Tom Ray" not in json.dumps(new.blocks)
    await desk.press(old, "Reuse")
    await until(lambda: "no longer accepts the connection to Tom Ray" in desk.seen())
    assert "not connected yet" in json.dumps((await desk.type("status")).json)
