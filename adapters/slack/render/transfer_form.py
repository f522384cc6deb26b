"""The form in which a colleague is chosen for a transfer, as a modal."""

from adapters.slack.render.blocks import Block
from adapters.slack.render.colleague_form import ColleagueForm, colleague_modal
from bot.i18n import Language, _
from bot.views.transfer_form import TransferForm, transfer_form_hint, transfer_form_title

TRANSFER_CALLBACK = "tv:transfer"
TRANSFER_TO = "transfer_to"
"""The id of the picker, and of its block."""


def transfer_form(view: TransferForm, language: Language) -> Block:
    """Render the form."""
    form = ColleagueForm(
        TRANSFER_CALLBACK,
        TRANSFER_TO,
        view.session,
        title=_("Transfer"),
        question=transfer_form_title(view),
        hint=transfer_form_hint(view),
        submit=_("Move now") if view.moves else _("Offer"),
    )
    return colleague_modal(form, language)
