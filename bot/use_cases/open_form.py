"""Open the form for a new session."""

from bot import access
from bot.commands import OpenForm
from bot.use_cases.context import CommandContext
from bot.use_cases.create import require_connection
from bot.use_cases.plan import find_own_zone, resolve_time
from bot.views.form import SessionForm
from bot.views.pages import View


async def open_form(command: OpenForm, context: CommandContext) -> View:
    """Return the form, for a technician who can use it. Raises Misunderstood, NotAllowed, NotAuthorized."""
    access.require_integration_on(context.switches)
    await require_connection(context)
    place = context.command_request.place
    zone = await find_own_zone(context)
    return SessionForm(
        command.number,
        command.kind,
        command.note,
        "" if place.is_private else place.channel,
        offers_chat=context.installation.tells_requester_in_chat,
        at=command.at,
        starts_at=resolve_time(command.at, zone, context).at if command.at else None,
        timezone=zone,
    )
