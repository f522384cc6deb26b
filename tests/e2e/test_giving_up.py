"""Whatever authorization is given up is revoked at TeamViewer: at once, or as soon as that can be done."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from support.bot import RunningBot
from support.browser import new_browser
from support.chat_user import ChatUser
from support.reading import labels, urls_in
from support.slack_user import CONNECT, SlackUser, until

from bot.model.ids import Email
from sandbox.environment import Environment
from sandbox.faults import Fault

YES = "Yes, disconnect"


@pytest.fixture(autouse=True)
def _watch_tries_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every round tries what could not be revoked before."""
    monkeypatch.setattr("bot.use_cases.logout.REVOKE_RETRY_AFTER", timedelta(0))
    monkeypatch.setattr("bot.workflows.revoke_connections.REVOKE_RETRY_AFTER", timedelta(0))


def alive(environment: Environment, email: str) -> int:
    """How many consents of an account TeamViewer still heeds."""
    tokens = environment.teamviewer._grants._access.values()
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


async def second_account(slack_user: SlackUser) -> str:
    """Connect another account as well; returns its address."""
    address = f"second-{slack_user.technician.email}"
    slack_user.environment.teamviewer.add_account(address, "Second Account")
    await slack_user.authorize(account=address)
    return address


async def test_logout_revokes_every_account_that_was_connected(
    slack_user: SlackUser, bot: RunningBot
) -> None:
    """Also the one that was connected before, and is only kept to be used again."""
    await slack_user.authorize()
    second = await second_account(slack_user)
    outcome = await slack_user.type("logout --sure")
    assert "Your TeamViewer account (Second Account, Tom Ray) is disconnected" in json.dumps(outcome.json)
    await until(
        lambda: (
            alive(slack_user.environment, second)
            == alive(slack_user.environment, slack_user.technician.email)
            == 0
        )
    )
    await is_forgotten(bot, second, slack_user.technician.email)
    assert "not connected yet" in json.dumps((await slack_user.type("status")).json)
    await slack_user.type("logout --sure")
    await until(lambda: "No TeamViewer account is connected" in slack_user.seen())


@pytest.mark.long
async def test_tokens_are_kept_while_teamviewer_is_down_and_revoked_later(
    slack_user: SlackUser, bot: RunningBot, quick_retries: None
) -> None:
    """The technician reads so. Until then nothing else can use the tokens."""
    await slack_user.authorize()
    slack_user.environment.teamviewer.faults.plan("oauth.revoke", Fault.DROP, times=None)
    await slack_user.type("logout --sure")
    await until(lambda: "has not yet revoked the access that you gave up" in slack_user.seen())
    assert alive(slack_user.environment, slack_user.technician.email) == 1
    await slack_user.type(f"create {slack_user.new_request()}")
    await until(lambda: "First connect your TeamViewer account" in slack_user.seen())
    slack_user.environment.teamviewer.faults.clear()
    await until(lambda: alive(slack_user.environment, slack_user.technician.email) == 0)
    await is_forgotten(bot, slack_user.technician.email)


async def test_while_the_integration_is_off_nothing_reaches_teamviewer(
    slack_user: SlackUser, bot: RunningBot
) -> None:
    """It is said so, and done when it is on again."""
    await slack_user.authorize()
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(Email(slack_user.technician.email))
    await slack_user.answer_to("admin disable", "The integration is switched off")
    before = len(slack_user.environment.teamviewer.calls)
    outcome = await slack_user.type("logout --sure")
    assert "The bot revokes the access as soon as it is on again" in json.dumps(
        outcome.json, ensure_ascii=False
    )
    user = slack_user.technician.user
    await slack_user.environment.slack.send_event("app_home_opened", user=user, tab="home")
    await until(lambda: slack_user.environment.slack.home_tab(user))
    assert len(slack_user.environment.teamviewer.calls) == before
    assert alive(slack_user.environment, slack_user.technician.email) == 1
    await slack_user.type("admin enable")
    await until(lambda: alive(slack_user.environment, slack_user.technician.email) == 0)
    await is_forgotten(bot, slack_user.technician.email)


async def test_signing_in_again_revokes_the_sign_in_before(slack_user: SlackUser, bot: RunningBot) -> None:
    await slack_user.authorize()
    await slack_user.authorize()
    await until(lambda: alive(slack_user.environment, slack_user.technician.email) == 1)
    await is_forgotten(bot, slack_user.technician.email)
    await slack_user.type(f"create {slack_user.new_request()}")
    await until(lambda: "is ready" in slack_user.seen())


async def test_an_account_that_nobody_confirms_is_revoked(
    slack_user: SlackUser, bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It expires at once here. A person who confirms it then reads that they must begin again."""
    monkeypatch.setattr("bot.use_cases.authorize._MARGIN", -timedelta(minutes=20))
    environment, foreign = slack_user.environment, f"foreign-{slack_user.technician.email}"
    environment.teamviewer.add_account(foreign, "Foreign Account")
    await slack_user.type("auth")
    await until(lambda: urls_in(environment.slack.ephemerals(slack_user.technician.user, slack_user.channel)))
    start = urls_in(environment.slack.ephemerals(slack_user.technician.user, slack_user.channel))[-1]
    async with new_browser() as browser:
        async with browser.get(start, allow_redirects=False) as answer:
            back = await environment.teamviewer.approve_sign_in(answer.headers["Location"], foreign)
        async with browser.get(back) as answer:
            page = await answer.text()
        confirmation = page.split('name="confirmation" value="')[1].split('"')[0]
        await until(lambda: alive(environment, foreign) == 0)
        await is_forgotten(bot, foreign)
        confirm = back.split("/callback")[0] + "/confirm"
        async with browser.post(confirm, data={"confirmation": confirmation}) as answer:
            assert answer.status == 200
    asked = await until(lambda: slack_user.newest_with(slack_user.technician, CONNECT))
    await slack_user.press(asked, CONNECT)
    await until(lambda: "This sign-in was used already, or its time is over" in slack_user.seen())
    assert "not connected yet" in json.dumps((await slack_user.type("status")).json)


async def test_tokens_that_came_without_an_account_are_revoked(
    slack_user: SlackUser, bot: RunningBot
) -> None:
    """TeamViewer signed somebody in, and then did not say whom."""
    environment = slack_user.environment
    await slack_user.type("auth")
    await until(lambda: urls_in(environment.slack.ephemerals(slack_user.technician.user, slack_user.channel)))
    start = urls_in(environment.slack.ephemerals(slack_user.technician.user, slack_user.channel))[-1]
    environment.teamviewer.faults.plan("account", Fault.SERVER_ERROR, times=None)
    async with new_browser() as browser:
        async with browser.get(start, allow_redirects=False) as answer:
            back = await environment.teamviewer.approve_sign_in(
                answer.headers["Location"], slack_user.technician.email
            )
        async with browser.get(back) as answer:
            assert answer.status == 502
    await until(lambda: alive(environment, slack_user.technician.email) == 0)
    environment.teamviewer.faults.clear()


async def test_a_connection_that_teamviewer_no_longer_accepts_is_not_offered(
    slack_user: SlackUser, bot: RunningBot
) -> None:
    """And the button of an older list leads to a new account instead."""
    await slack_user.authorize()
    async with bot.unit_of_work.write() as tx:
        await tx.people.grant_admin(Email(slack_user.technician.email))
    await second_account(slack_user)
    old = (await slack_user.type("admin connections")).ephemerals[-1]
    pressed = (await slack_user.type("admin connections")).ephemerals[-1]
    assert labels([old]).count("Reuse") == 1
    slack_user.environment.teamviewer.revoke_tokens(slack_user.technician.email)
    await slack_user.press(pressed, "Reuse")
    await until(lambda: "Your sessions are created as Tom Ray now" in slack_user.seen())
    await slack_user.type(f"create {slack_user.new_request()}")
    await until(lambda: "could not be created" in slack_user.seen())
    assert "Reuse" in labels([old])
    new = (await slack_user.type("admin connections")).ephemerals[-1]
    assert "Tom Ray" not in json.dumps(new.blocks)
    await slack_user.press(old, "Reuse")
    await until(lambda: "no longer accepts the connection to Tom Ray" in slack_user.seen())
    assert "not connected yet" in json.dumps((await slack_user.type("status")).json)


async def test_logout_with_an_open_session_asks_first(connected: ChatUser) -> None:
    """Who leaves the question alone stays connected. Who confirms is disconnected, and the session stays open."""
    _number, session = await connected.create()
    await connected.type("logout")
    await connected.reads("1 session of yours is open")
    assert await until(lambda: connected.newest_with(YES))
    assert "is disconnected" not in connected.seen()
    await connected.create(subject="Printer fails")

    await connected.type("logout")
    await connected.reads("2 sessions of yours are open")
    await connected.press(await until(lambda: connected.newest_with(YES)), YES)
    await until(lambda: "is disconnected" in connected.seen())
    assert session.state != "closed"
    await connected.type(f"create {connected.slack_user.new_request()}")
    await connected.reads("First connect your TeamViewer account")
