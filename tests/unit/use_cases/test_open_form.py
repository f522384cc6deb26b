"""Open the form for a new session."""

import pytest
from support.bot_in_memory import BEN, CHANNEL, PRIVATE, BotInMemory, N

from bot.commands import OpenForm, Place
from bot.errors import NotAllowed, NotAuthorized
from bot.model.session import Kind
from bot.views.form import SessionForm


@pytest.mark.parametrize(("place", "channel"), [(CHANNEL, CHANNEL.channel), (PRIVATE, "")])
async def test_form_begins_with_what_is_known(bot: BotInMemory, place: Place, channel: str) -> None:
    view = await bot.send(OpenForm(N, Kind.PILOT, "note"), place=place)
    assert view == SessionForm(N, Kind.PILOT, "note", channel)


async def test_form_with_the_integration_off_is_refused(bot: BotInMemory) -> None:
    await bot.switch(integration=False)
    with pytest.raises(NotAllowed):
        await bot.send(OpenForm())


async def test_form_without_a_connection_is_refused(bot: BotInMemory) -> None:
    with pytest.raises(NotAuthorized):
        await bot.send(OpenForm(), by=BEN)
