"""Open the form for a new session."""

from datetime import UTC, datetime

import pytest
from support.bot_in_memory import BEN, CHANNEL, PRIVATE, BotInMemory, N

from bot.commands import OpenForm, Place
from bot.errors import Misunderstood, NotAllowed, NotAuthorized
from bot.model.session import Kind
from bot.views.form import SessionForm


@pytest.mark.parametrize(("place", "channel"), [(CHANNEL, CHANNEL.channel), (PRIVATE, "")])
async def test_form_begins_with_what_is_known(bot: BotInMemory, place: Place, channel: str) -> None:
    view = await bot.send(OpenForm(N, Kind.PILOT, "note"), place=place)
    assert view == SessionForm(N, Kind.PILOT, "note", channel, timezone="Europe/Paris")


async def test_form_with_the_integration_off_is_refused(bot: BotInMemory) -> None:
    await bot.switch(integration=False)
    with pytest.raises(NotAllowed):
        await bot.send(OpenForm())


async def test_form_without_a_connection_is_refused(bot: BotInMemory) -> None:
    with pytest.raises(NotAuthorized):
        await bot.send(OpenForm(), by=BEN)


async def test_form_opens_with_the_time_that_was_typed(bot: BotInMemory) -> None:
    form = await bot.send(OpenForm(at="tomorrow 10:00"))
    assert isinstance(form, SessionForm)
    assert (form.at, form.starts_at) == ("tomorrow 10:00", datetime(2026, 11, 25, 9, 0, tzinfo=UTC))
    with pytest.raises(Misunderstood):
        await bot.send(OpenForm(at="9:00"))
