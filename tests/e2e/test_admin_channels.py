"""Where channels for administration are set: admin words work only there, and changes are announced there."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from support.bot import BotProcess, settings_for
from support.slack_user import SlackUser, text_of, until

from sandbox.environment import Environment


@pytest.fixture
async def environment() -> AsyncIterator[Environment]:
    """A separate environment: its bot is set up differently."""
    environment = Environment()
    await environment.start()
    yield environment
    await environment.stop()


@pytest.fixture
async def teams_tenant(
    environment: Environment, tmp_path: Path
) -> AsyncIterator[tuple[SlackUser, str, str, str]]:
    """An SDAdmin, the channel for administration, and one that the bot was not invited to; in French."""
    slack_user = SlackUser.new(environment)
    teams_tenant = environment.slack.add_channel("admins", [slack_user.technician.user])
    elsewhere = environment.slack.add_channel("closed", [slack_user.technician.user], bot_is_member=False)
    settings = settings_for(
        environment,
        f"sqlite:///{tmp_path}/tvbot.db",
        TVBOT_ADMINS=slack_user.technician.email,
        TVBOT_ADMIN_CHANNELS=f"{teams_tenant},{elsewhere}",
        TVBOT_LANGUAGE="fr",
    )
    environment.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = BotProcess(settings, tmp_path / "log", "serve")
    await bot.start()
    yield slack_user, teams_tenant, elsewhere, settings["TVBOT_PUBLIC_URL"]
    assert await bot.stop() == 0


async def test_changes_are_announced_in_the_admin_channels(
    teams_tenant: tuple[SlackUser, str, str, str],
) -> None:
    """Elsewhere the word is refused with where to go; there it works, and everybody there reads who changed what.

    The announcement speaks the organisation's language, the answers their reader's.
    """
    slack_user, room, closed, _url = teams_tenant
    slack = slack_user.environment.slack
    await slack_user.type("admin widget off")
    await until(lambda: f"channels for administration only: <#{room}>, <#{closed}>" in slack_user.seen())
    await slack_user.type("admin widget off", channel=room)
    await until(lambda: slack.channels[room].messages)
    announced = text_of(slack.channels[room].messages[-1])
    assert "Tom Ray a désactivé le widget (tous les emplacements)" in announced
    assert slack.channels[slack_user.channel].messages == []
    await until(lambda: f"could not be announced in <#{closed}>" in slack_user.seen())
    assert slack.channels[closed].messages == []


async def test_who_becomes_an_sdadmin_is_announced_too(teams_tenant: tuple[SlackUser, str, str, str]) -> None:
    """And who no longer is one."""
    slack_user, room, _closed, _url = teams_tenant
    ines = slack_user.new_technician()
    for words, said in (
        (f"admin grant <@{ines.user}>", "Tom Ray a donné le rôle SDAdmin à Ines Moreau"),
        (f"admin revoke <@{ines.user}>", "Tom Ray a retiré le rôle SDAdmin à Ines Moreau"),
    ):
        await slack_user.type(words, channel=room)
        messages = slack_user.environment.slack.channels[room].messages
        await until(lambda said=said, messages=messages: [one for one in messages if said in text_of(one)])


async def test_a_home_says_where_the_administration_is(teams_tenant: tuple[SlackUser, str, str, str]) -> None:
    """Buttons there would all be refused, so there are none."""
    slack_user, room, _closed, _url = teams_tenant
    slack, user = slack_user.environment.slack, slack_user.technician.user
    await slack.send_event("app_home_opened", user=user, tab="home")
    home = await until(lambda: slack.home_tab(user))
    shown = json.dumps(home.content)
    assert f"Administration is done in its own channels: <#{room}>" in shown
    assert "tv:admin" not in shown


async def test_unknown_person_is_answered_in_the_organisations_language(
    teams_tenant: tuple[SlackUser, str, str, str],
) -> None:
    """Whether they come by chat or by browser; a browser that asks for another language gets it."""
    slack_user, _room, _closed, url = teams_tenant
    outcome = await slack_user.type("creat 101")
    assert "Vouliez-vous dire" in outcome.json["text"]
    async with aiohttp.ClientSession() as browser:
        for wanted, said in (("", "Compte non connecté"), ("de, en;q=0.4", "Not connected")):
            headers = {"Accept-Language": wanted} if wanted else {}
            async with browser.get(f"{url}/oauth/teamviewer/callback?error=denied", headers=headers) as page:
                assert page.status == 400
                assert said in await page.text()
