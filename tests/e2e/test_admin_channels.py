"""Where channels for administration are set: admin words work only there, and changes are announced there."""

from pathlib import Path

import pytest
from support.bot import BotProcess, settings_for
from support.desk import Desk, text_of, until

from sandbox.town import Town


@pytest.fixture
async def town():
    """A town of its own: its bot is set up differently."""
    town = Town()
    await town.start()
    yield town
    await town.stop()


async def test_changes_are_announced_in_the_admin_channel(town: Town, tmp_path: Path) -> None:
    """Elsewhere the word is refused with where to go; there it works, and everybody there reads who changed what."""
    desk = Desk.new(town)
    ines = desk.new_technician()
    office = town.slack.add_channel("admins", [desk.technician.user])
    settings = settings_for(
        town,
        f"sqlite:///{tmp_path}/tvbot.db",
        TVBOT_ADMINS=desk.technician.email,
        TVBOT_ADMIN_CHANNELS=office,
    )
    town.serve_bot_at(settings["TVBOT_PUBLIC_URL"])
    bot = BotProcess(settings, tmp_path / "log", "serve")
    await bot.start()
    await desk.type("admin disable")
    await until(lambda: "channels for administration only" in desk.seen())
    await desk.type("admin disable", channel=office)
    await until(lambda: town.slack.channels[office].messages)
    announced = text_of(town.slack.channels[office].messages[-1])
    assert "Tom Ray switched the TeamViewer integration off" in announced
    assert town.slack.channels[desk.channel].messages == []
    await desk.type("admin enable", channel=office)
    for words, said in (
        (f"admin grant <@{ines.user}>", "Tom Ray made Ines Moreau an SDAdmin"),
        (f"admin revoke <@{ines.user}>", "Tom Ray took SDAdmin from Ines Moreau"),
    ):
        await desk.type(words, channel=office)
        await until(lambda said=said: said in text_of(town.slack.channels[office].messages[-1]))
    assert await bot.stop() == 0
