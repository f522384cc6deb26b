"""Run a command inside an open transaction, and turn whatever comes of it into a view."""

from bot import access
from bot.errors import BotError, NotAuthorized
from bot.model.switches import Location
from bot.use_cases.authorize import authorize_button
from bot.use_cases.context import CommandContext
from bot.use_cases.dispatch import dispatch_command
from bot.use_cases.integration_off import integration_off
from bot.views.errors import error_view
from bot.views.pages import Message, View
from bot.views.parts import Tone
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
            off = integration_off(context)
            return Message(off.text, Tone.REFUSED, buttons=off.buttons)
        return error_view(error)
