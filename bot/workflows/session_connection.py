"""Which of a technician's TeamViewer connections a session is followed, closed and measured with."""

from bot.errors import NotAuthorized
from bot.i18n import _
from bot.model.connection import Connection
from bot.model.session import Session
from bot.unit_of_work import Transaction


async def session_connection(session: Session, tx: Transaction) -> Connection | None:
    """Return the connection to the account that a session lives in, whichever one its technician uses now."""
    if session.account is None:
        return await tx.connections.active(session.technician)
    return await tx.connections.of_account(session.technician, session.account)


def no_connection(session: Session) -> NotAuthorized:
    """The error of a session whose account is no longer connected."""
    return NotAuthorized(
        _(
            "{technician} is no longer connected to TeamViewer, so it cannot be closed there.",
            technician=session.technician_name,
        )
    )
