"""The form for a new session, as a modal."""

import json

from adapters.slack.render.blocks import Block, cut, unescape
from bot.i18n import Language, Text, _
from bot.model.ids import RequestNumber
from bot.model.request import Request
from bot.model.session import Kind
from bot.typed_text import LONGEST_NOTE
from bot.views.form import SessionForm
from bot.views.session import kind_text

CALLBACK = "tv:form"
REQUEST, KIND, NOTE = "request", "kind", "note"
REQUEST_ACTION = "tv:request"
_OPTION = 75


def session_form(view: SessionForm, say: Language) -> Block:
    """Render the form. Its metadata holds the channel for the session's card, and no secret."""

    def words(text: Text, longest: int) -> Block:
        return {"type": "plain_text", "text": cut(unescape(say.say(text)), longest)}

    picker: Block = {
        "type": "external_select",
        "action_id": REQUEST_ACTION,
        "min_query_length": 1,
        "placeholder": words(_("Its number, or words of its subject"), 150),
    }
    if view.number is not None:
        picker["initial_option"] = number_option(view.number)
    kinds = [{"text": words(kind_text(kind), _OPTION), "value": kind.value} for kind in Kind]
    note: Block = {
        "type": "plain_text_input",
        "action_id": NOTE,
        "multiline": True,
        "max_length": LONGEST_NOTE,
    }
    if view.note:
        note["initial_value"] = view.note
    chosen = next(one for one in kinds if one["value"] == view.kind.value)
    radio = {"type": "radio_buttons", "action_id": KIND, "options": kinds, "initial_option": chosen}
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": words(_("New session"), 24),
        "submit": words(_("Create"), 24),
        "close": words(_("Cancel"), 24),
        "private_metadata": json.dumps({"channel": view.channel}),
        "blocks": [
            {"type": "input", "block_id": REQUEST, "label": words(_("Request"), 2000), "element": picker},
            {"type": "input", "block_id": KIND, "label": words(_("Kind"), 2000), "element": radio},
            {
                "type": "input",
                "block_id": NOTE,
                "optional": True,
                "label": words(_("Note"), 2000),
                "element": note,
            },
        ],
    }


def request_option(request: Request) -> Block:
    """Render a request as a choice of the form."""
    return _option(f"#{request.number}  {request.subject}", request.number)


def number_option(number: RequestNumber) -> Block:
    """Render the number of a request that could not be looked up as a choice of the form."""
    return _option(f"#{number}", number)


def _option(text: str, value: str) -> Block:
    return {"text": {"type": "plain_text", "text": cut(" ".join(text.split()), _OPTION)}, "value": value}
