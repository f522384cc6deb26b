"""A modal in which a colleague is chosen: who takes over a session, or who is invited to it."""

import json

from adapters.slack.render.blocks import Block, plain_text
from bot.i18n import Language, Text, _
from bot.model.ids import SessionId
from bot.values import value_class


@value_class
class ColleagueForm:
    """What such a modal says. ``field`` is the id of its picker, and of its block."""

    callback: str
    field: str
    session: SessionId
    title: Text
    question: Text
    hint: Text
    submit: Text


def colleague_modal(form: ColleagueForm, language: Language) -> Block:
    """Render the modal. Its metadata holds the session's id, and no secret."""
    return {
        "type": "modal",
        "callback_id": form.callback,
        "title": plain_text(form.title, 24, language),
        "submit": plain_text(form.submit, 24, language),
        "close": plain_text(_("Cancel"), 24, language),
        "private_metadata": json.dumps({"session": form.session}),
        "blocks": [
            {
                "type": "input",
                "block_id": form.field,
                "label": plain_text(form.question, 2000, language),
                "hint": plain_text(form.hint, 2000, language),
                "element": {
                    "type": "users_select",
                    "action_id": form.field,
                    "placeholder": plain_text(_("A technician"), 150, language),
                },
            }
        ],
    }
