"""The form in which a colleague is chosen who takes over a session."""

from bot.i18n import Text, _
from bot.model.ids import RequestNumber, SessionId
from bot.values import value_class


@value_class
class TransferForm:
    """The form. ``moves``: its reader is an SDAdmin, who moves the session without a question."""

    session: SessionId
    number: RequestNumber
    moves: bool


def transfer_form_title(form: TransferForm) -> Text:
    """Return what the form asks."""
    return _("Who takes over the session for request #{number}?", number=form.number)


def transfer_form_hint(form: TransferForm) -> Text:
    """Return what follows from the form."""
    if form.moves:
        return _("You are an SDAdmin: the session moves at once, without a question to this person.")
    return _("They get an offer in their private chat, and have an hour to accept it.")
