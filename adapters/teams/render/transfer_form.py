"""The form in which a colleague is named for a transfer."""

from adapters.teams.render.actions import execute
from adapters.teams.render.card import CardContent, Element, aside, heading
from adapters.teams.render.markdown import plain
from bot.i18n import Language, _
from bot.views.parts import Style
from bot.views.transfer_form import TransferForm, transfer_form_hint, transfer_form_title

TRANSFER_FORM = "tv_transfer"
"""The field of the form that holds the session's id."""
TRANSFER_TO = "transfer_to"
"""The input of the form."""
_LONGEST_ADDRESS = 254


def transfer_form(view: TransferForm, say: Language) -> CardContent:
    """Render the form.

    A colleague is named by their address: the bot may not search the directory of the organization, so it offers no list.
    """
    title = transfer_form_title(view)
    field: Element = {
        "type": "Input.Text",
        "id": TRANSFER_TO,
        "style": "Email",
        "label": plain(say).say(_("E-mail address of a technician")),
        "placeholder": "ines@example.com",
        "isRequired": True,
        "errorMessage": plain(say).say(_("Type an e-mail address.")),
        "maxLength": _LONGEST_ADDRESS,
    }
    submit = execute(
        _("Move now") if view.moves else _("Offer"), {TRANSFER_FORM: view.session}, say, Style.PRIMARY
    )
    body: list[Element] = [
        heading(say.say(title)),
        field,
        aside(say.say(transfer_form_hint(view))),
        {"type": "ActionSet", "actions": [submit]},
    ]
    return CardContent(plain(say).say(title), body, is_private=True)
