"""Open the form of a new session."""

from bot import access
from bot.commands import OpenForm
from bot.use_cases.create import must_be_connected
from bot.use_cases.visit import Visit
from bot.views.form import SessionForm
from bot.views.pages import View


async def open_form(command: OpenForm, visit: Visit) -> View:
    """Give the form to a technician who can use it. Raises NotAllowed, NotAuthorized."""
    access.integration_is_on(await visit.tx.switches.read())
    await must_be_connected(visit)
    place = visit.incoming.place
    return SessionForm(command.number, command.kind, command.note, "" if place.is_private else place.channel)
