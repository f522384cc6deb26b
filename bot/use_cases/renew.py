"""Accept the renewal of a session: a new TeamViewer session takes the place of the one that it has."""

from bot.errors import NotAllowed, NotFound
from bot.jobs import RenewSession
from bot.model.ids import derive_renewal_id
from bot.model.renewal import Renewal, RenewalObstacle, find_obstacle
from bot.model.session import Session
from bot.use_cases.context import CommandContext
from bot.views.pages import Message
from bot.views.renewal import obstacle_text, renewing_already_view, renewing_view


async def renew_session(session: Session, context: CommandContext) -> Message:
    """Accept the renewal of an open session. Raises NotFound, NotAllowed.

    Until TeamViewer has created the new one, the session stays as it is: people can join and enter it.
    """
    match find_obstacle(session, context.now):
        case None:
            pass
        case RenewalObstacle.LATELY as obstacle:
            return Message(obstacle_text(obstacle, session))
        case RenewalObstacle.OVER | RenewalObstacle.ENDING as obstacle:
            raise NotFound(obstacle_text(obstacle, session))
        case obstacle:
            raise NotAllowed(obstacle_text(obstacle, session))
    key = context.command_request.key
    renewal = Renewal(derive_renewal_id(key), session.id, session.technician, context.now)
    if not await context.tx.renewals.begin(renewal):
        return renewing_already_view(session)
    await context.enqueue(RenewSession(session.id, renewal.id, context.by.name, context.by.email, key))
    return renewing_view(session)
