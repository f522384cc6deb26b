"""What a person reads while the integration is off."""

import pytest
from support.bot_in_memory import ADA, ANA, BotInMemory

from bot.access import INTEGRATION_OFF
from bot.commands import Command, Create, History, ListOpen, Status, SwitchIntegration
from bot.model.ids import RequestNumber
from bot.use_cases.integration_off import integration_off
from bot.views.pages import SessionList, StatusPage
from bot.views.parts import Button

SWITCH = SwitchIntegration(on=True)


@pytest.mark.parametrize("command", [Status(), ListOpen(), History()], ids=["status", "list", "history"])
async def test_sdadmin_can_switch_the_integration_on_where_it_is_said_to_be_off(
    bot: BotInMemory, command: Command
) -> None:
    await bot.switch(integration=False)
    offered, asked = await bot.send(command, by=ADA), await bot.send(command)
    assert isinstance(offered, StatusPage | SessionList)
    assert isinstance(asked, StatusPage | SessionList)
    assert SWITCH in [one.command for one in offered.buttons if isinstance(one, Button)]
    assert SWITCH not in [one.command for one in asked.buttons if isinstance(one, Button)]


async def test_only_who_is_no_sdadmin_is_sent_to_one(bot: BotInMemory) -> None:
    await bot.switch(integration=False)
    async with bot.context(Create(RequestNumber("1")), ADA) as context:
        assert "Ask your SDAdmin" not in str(integration_off(context).text)
    async with bot.context(Create(RequestNumber("1")), ANA) as context:
        off = integration_off(context)
    assert (off.text, off.buttons) == (INTEGRATION_OFF, ())
