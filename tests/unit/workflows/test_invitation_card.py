"""What the card of an invitation shows, with the widget and the integration on and off."""

from support.bot_in_memory import BotInMemory
from support.inviting import invite, invited_card

from bot.model.session import State
from bot.model.switches import Location
from bot.views.links import holds_link
from bot.views.pages import Message
from bot.views.session import SessionCard
from bot.workflows.invitation_card import shown_invitation
from bot.workflows.session_changes import SessionChanges


async def shown_now(bot: BotInMemory) -> SessionCard | Message:
    """Return what the card of an invitation shows now."""
    (session,) = await bot.sessions()
    shown = await SessionChanges(bot.unit_of_work).load_shown(session.id)
    assert shown is not None
    return shown_invitation(shown, await invited_card(bot, session), bot.services.installation)


async def test_card_follows_its_session(bot: BotInMemory) -> None:
    await invite(bot)
    card = await shown_now(bot)
    assert isinstance(card, SessionCard)
    assert card.state is State.WAITING


async def test_card_is_hidden_with_the_widget(bot: BotInMemory) -> None:
    await invite(bot)
    await bot.switch(hidden=Location.MESSAGE)
    assert isinstance(await shown_now(bot), Message)


async def test_card_has_no_way_in_while_the_integration_is_off(bot: BotInMemory) -> None:
    await invite(bot)
    await bot.switch(integration=False)
    assert not holds_link(await shown_now(bot))
