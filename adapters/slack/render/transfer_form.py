"""The form in which a colleague is chosen for a transfer, as a modal."""

import json

from adapters.slack.render.blocks import Block, cut, unescape
from bot.i18n import Language, Text, _
from bot.views.transfer_form import TransferForm, transfer_form_hint, transfer_form_title

TRANSFER_CALLBACK = "tv:transfer"
TRANSFER_TO = "transfer_to"
"""The id of the picker, and of its block."""


def transfer_form(view: TransferForm, language: Language) -> Block:
    """Render the form. Its metadata holds the session's id, and no secret."""
    return {
        "type": "modal",
        "callback_id": TRANSFER_CALLBACK,
        "title": _plain_text(_("Transfer"), 24, language),
        "submit": _plain_text(_("Move now") if view.moves else _("Offer"), 24, language),
        "close": _plain_text(_("Cancel"), 24, language),
        "private_metadata": json.dumps({"session": view.session}),
        "blocks": [
            {
                "type": "input",
                "block_id": TRANSFER_TO,
                "label": _plain_text(transfer_form_title(view), 2000, language),
                "hint": _plain_text(transfer_form_hint(view), 2000, language),
                "element": {
                    "type": "users_select",
                    "action_id": TRANSFER_TO,
                    "placeholder": _plain_text(_("A technician"), 150, language),
                },
            }
        ],
    }


def _plain_text(text: Text, longest: int, language: Language) -> Block:
    return {"type": "plain_text", "text": cut(unescape(language.say(text)), longest)}
