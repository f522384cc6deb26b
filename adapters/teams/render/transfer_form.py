"""The form in which a colleague is named for a transfer."""

from adapters.teams.render.actions import execute
from adapters.teams.render.card import CardContent
from adapters.teams.render.colleague_form import colleague_card
from bot.i18n import Language, _
from bot.views.parts import Style
from bot.views.transfer_form import TransferForm, transfer_form_hint, transfer_form_title

TRANSFER_FORM = "tv_transfer"
"""The field of the form that holds the session's id."""
TRANSFER_TO = "transfer_to"
"""The input of the form."""


def transfer_form(view: TransferForm, say: Language) -> CardContent:
    """Render the form."""
    label = _("Move now") if view.moves else _("Offer")
    submit = execute(label, {TRANSFER_FORM: view.session}, say, Style.PRIMARY)
    return colleague_card(transfer_form_title(view), TRANSFER_TO, submit, say, hint=transfer_form_hint(view))
