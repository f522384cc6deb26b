"""Where channels for administration are set: admin words work only there, and changes are announced there."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from support.bot import BotProcess, settings_for
from support.desk import Desk, text_of, until

from sandbox.environment import Environment


@pytest.fixture
async def town() -> AsyncIterator[Environment]:
    """A town of its own: its bot is set up differently."""
    town = Environment()
    await town.start()
    yield town
    await town.stop()


@pytest.fixture
async def office(town: Environment, tmp_path: Path) -> AsyncIterator[tuple[Desk, str, str, str]]:
    """An SDAdmin at a desk, the channel for administration, and one that the bot was not invited to; in French."""
    desk = Desk.new(town)
    office = town.slack.add_channel("admins", [desk.technician.user])
    elsewhere = town.slack.add_channel("closed", [desk.technician.user], bot_is_member=False)
    settings = settings_for(
        town,
        f"sqlite:///{tmp_path}/tvbot.db",
        TVBOT_ADMINS=desk.technician.email,
        TVBOT_ADMIN_CHANNELS=f"{office},{elsewhere}",
        TVBOT_LANGUAGE="fr",
    )
    town.set_bot_url(settings["TVBOT_PUBLIC_URL"])
    bot = BotProcess(settings, tmp_path / "log", "serve")
    await bot.start()
    yield desk, office, elsewhere, settings["TVBOT_PUBLIC_URL"]
    assert await bot.stop() == 0


async def test_changes_are_announced_in_the_admin_channels(office: tuple[Desk, str, str, str]) -> None:
    """Elsewhere the word is refused with where to go; there it works, and everybody there reads who changed what.

    The announcement speaks the organisation's language, the answers their reader's.
    """
    desk, room, closed, _url = office
    slack = desk.town.slack
    await desk.type("admin widget off")
    await until(lambda: f"channels for administration only: <#{room}>, <#{closed}>" in desk.seen())
    await desk.type("admin widget off", channel=room)
    await until(lambda: slack.channels[room].messages)
    announced = text_of(slack.channels[room].messages[-1])
    assert "Tom Ray a désactivé le widget (tous les emplacements)" in announced
    assert slack.channels[desk.channel].messages == []
    await until(lambda: f"could not be announced in <#{closed}>" in desk.seen())
    assert slack.channels[closed].messages == []


async def test_who_becomes_an_sdadmin_is_announced_too(office: tuple[Desk, str, str, str]) -> None:
    """And who no longer is one."""
    desk, room, _closed, _url = office
    ines = desk.new_technician()
    for words, said in (
        (f"admin grant <@{ines.user}>", "Tom Ray a donné le rôle SDAdmin à Ines Moreau"),
        (f"admin revoke <@{ines.user}>", "Tom Ray a retiré le rôle SDAdmin à Ines Moreau"),
    ):
        await desk.type(words, channel=room)
        messages = desk.town.slack.channels[room].messages
        await until(lambda said=said, messages=messages: [one for one in messages if said in text_of(one)])


async def test_a_home_says_where_the_administration_is(office: tuple[Desk, str, str, str]) -> None:
    """Buttons there would all be refused, so there are none."""
    desk, room, _closed, _url = office
    slack, user = desk.town.slack, desk.technician.user
    await slack.send_event("app_home_opened", user=user, tab="home")
    home = await until(lambda: slack.home_tab(user))
    shown = json.dumps(home.content)
    assert f"Administration is done in its own channels: <#{room}>" in shown
    assert "tv:admin" not in shown


async def test_whoever_is_not_yet_known_is_spoken_to_in_the_organisations_language(
    office: tuple[Desk, str, str, str],
) -> None:
    """Whether they come by chat or by browser; a browser that asks for another language gets it."""
    desk, _room, _closed, url = office
    outcome = await desk.type("creat 101")
    assert "Vouliez-vous dire" in outcome.json["text"]
    async with aiohttp.ClientSession() as browser:
        for wanted, said in (("", "Compte non connecté"), ("de, en;q=0.4", "Not connected")):
            headers = {"Accept-Language": wanted} if wanted else {}
            async with browser.get(f"{url}/oauth/teamviewer/callback?error=denied", headers=headers) as page:
                assert page.status == 400
                assert said in await page.text()
