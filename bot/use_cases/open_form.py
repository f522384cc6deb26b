"""Open the form of a new session."""

from bot import access
from bot.commands import OpenForm
from bot.use_cases.context import CommandContext
from bot.use_cases.create import must_be_connected
from bot.views.form import SessionForm
from bot.views.pages import View


async def open_form(command: OpenForm, context: CommandContext) -> View:
    """Give the form to a technician who can use it. Raises NotAllowed, NotAuthorized."""
    access.require_integration_on(await context.tx.switches.read())
    await must_be_connected(context)
    place = context.command_request.place
    return SessionForm(command.number, command.kind, command.note, "" if place.is_private else place.channel)
