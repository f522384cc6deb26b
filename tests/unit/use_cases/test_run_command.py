"""Run a command, and turn whatever comes of it into a view."""

from support.bot_in_memory import ADA, ANA, BEN, CHANNEL, BotInMemory, N

from bot.access import INTEGRATION_OFF
from bot.commands import Auth, Command, Create, Help, ListOpen, OnSession, SwitchIntegration, Verb
from bot.model.switches import Location
from bot.model.technician import Technician
from bot.use_cases.run_command import run_command
from bot.views.pages import Message, SessionList, View
from bot.views.parts import Button, LinkButton, Tone


async def run(bot: BotInMemory, command: Command, by: Technician = ANA) -> View:
    async with bot.context(command, by, CHANNEL) as context:
        return await run_command(context)


async def test_view_of_the_use_case_is_returned(bot: BotInMemory) -> None:
    view = await run(bot, Create(N))
    assert isinstance(view, Message)
    assert view.is_accepted


async def test_missing_connection_is_answered_with_a_button_that_connects(bot: BotInMemory) -> None:
    view = await run(bot, Create(N), BEN)
    assert isinstance(view, Message)
    assert view.tone is Tone.REFUSED
    (button,) = view.buttons
    assert isinstance(button, LinkButton)
    assert button.url.reveal().startswith("https://bot.example/oauth/teamviewer/start?state=")


async def test_sdadmin_with_an_earlier_connection_is_led_to_their_connections(bot: BotInMemory) -> None:
    """The button that authorizes offers the connections used before."""
    connection = await bot.connect(ADA, "u2")
    async with bot.unit_of_work.write() as tx:
        await tx.connections.deactivate(connection)
    view = await run(bot, Create(N), ADA)
    assert isinstance(view, Message)
    (button,) = view.buttons
    assert isinstance(button, Button)
    assert button.command == Auth()


async def test_refusal_is_answered_with_its_reason(bot: BotInMemory) -> None:
    view = await run(bot, OnSession(Verb.END, N))
    assert isinstance(view, Message)
    assert (view.tone, view.buttons) == (Tone.REFUSED, ())


async def test_misunderstood_command_is_answered_with_its_reason(bot: BotInMemory) -> None:
    view = await run(bot, Help("nonsense"))
    assert isinstance(view, Message)
    assert view.tone is Tone.REFUSED


async def test_view_has_no_buttons_while_the_widget_is_off_for_messages(bot: BotInMemory) -> None:
    await bot.open_session()
    shown = await run(bot, ListOpen())
    await bot.switch(hidden=Location.MESSAGE)
    hidden = await run(bot, ListOpen())
    assert isinstance(shown, SessionList)
    assert isinstance(hidden, SessionList)
    assert [bool(row.buttons) for row in shown.rows] == [True]
    assert [bool(row.buttons) for row in hidden.rows] == [False]


async def test_sdadmin_can_switch_the_integration_on_where_it_is_missing(bot: BotInMemory) -> None:
    """Everybody else reads that they should ask an SDAdmin."""
    await bot.switch(integration=False)
    offered = await run(bot, Create(N), ADA)
    assert isinstance(offered, Message)
    assert [one.command for one in offered.buttons if isinstance(one, Button)] == [SwitchIntegration(on=True)]
    refused = await run(bot, Create(N))
    assert isinstance(refused, Message)
    assert (refused.text, refused.buttons) == (INTEGRATION_OFF, ())


async def test_sdadmin_without_buttons_is_told_the_command_that_switches_on(bot: BotInMemory) -> None:
    await bot.switch(integration=False, hidden=Location.MESSAGE)
    view = await run(bot, Create(N), ADA)
    assert isinstance(view, Message)
    assert "admin enable" in str(view.details)


async def test_list_without_buttons_has_the_words_of_its_buttons(bot: BotInMemory) -> None:
    session = await bot.open_session()
    await bot.switch(hidden=Location.MESSAGE)
    view = await run(bot, ListOpen())
    assert isinstance(view, SessionList)
    (row,) = view.rows
    assert row.buttons == ()
    assert f"enter {session.code}" in str(row.outcome)
