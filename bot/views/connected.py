"""What a technician sees after their TeamViewer account was connected."""

from bot.i18n import Words, _
from bot.model.connection import Connection
from bot.model.effect import Effect
from bot.views.pages import Message
from bot.views.parts import confirm


def connected_view(connection: Connection) -> Message:
    """Say which account is connected, and what to type next."""
    account = connection.account
    address = account.email or account.user_id
    # Another account may have become the active one since the sign-in.
    said = confirm(
        Effect.of(changed=connection.is_active),
        changed=_("You are connected to TeamViewer as {name} ({email}).", name=account.name, email=address),
        nothing=_(
            "You signed in at TeamViewer as {name} ({email}), but your sessions are created with another account now.",
            name=account.name,
            email=address,
        ),
    )
    details = [_("Now create a session for a request, for example by {words}.", words=Words(_("create 123")))]
    return Message.confirming(said, details, is_personal=True)
