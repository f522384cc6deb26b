"""Run a command inside an open transaction, and turn whatever comes of it into a view."""

from bot import access
from bot.commands import SwitchIntegration
from bot.errors import BotError, NotAuthorized
from bot.i18n import Words, _
from bot.model.switches import Location
from bot.use_cases.admin import is_admin_place
from bot.use_cases.authorize import authorize_button
from bot.use_cases.context import CommandContext
from bot.use_cases.dispatch import dispatch_command
from bot.views.errors import error_view
from bot.views.pages import Message, View
from bot.views.parts import Button, Style, Tone
from bot.views.plain import in_plain_text


async def run_command(context: CommandContext) -> View:
    """Run the command of a request and return the view that answers it. An error the product knows is a view too."""
    view = await _run_or_report(context)
    return in_plain_text(view) if context.switches.hides(Location.MESSAGE) else view


async def _run_or_report(context: CommandContext) -> View:
    try:
        return await dispatch_command(context.command_request.command, context)
    except NotAuthorized as error:
        return Message(error.text, Tone.REFUSED, buttons=[await authorize_button(context)])
    except BotError as error:
        if error.text == access.INTEGRATION_OFF and context.by.is_admin:
            return _offer_integration(context)
        return error_view(error)


def _offer_integration(context: CommandContext) -> Message:
    """Return the refusal for an SDAdmin, who can switch the integration on. The button works only where that is allowed."""
    if not is_admin_place(context):
        words = Words("admin enable")
        text = _(
            "The TeamViewer integration is switched off. To switch it on, type {words} in a channel for administration.",
            words=words,
        )
        return Message(text, Tone.REFUSED)
    button = Button(_("Switch on"), SwitchIntegration(on=True), Style.PRIMARY)
    return Message(_("The TeamViewer integration is switched off."), Tone.REFUSED, buttons=[button])
