"""The form of a new session, as a card in a chat or in a dialog."""

from adapters.teams.render.actions import (
    CHANNEL,
    COLLEAGUE,
    FORM,
    HERE,
    IN_CHAT,
    INVITE_FORM,
    KIND,
    NOTE,
    REQUEST,
    REQUESTS,
    execute,
    submit,
)
from adapters.teams.render.card import CardContent, Element, aside, heading
from adapters.teams.render.colleague_form import colleague_card
from adapters.teams.render.markdown import plain
from adapters.teams.render.plan_form import time_inputs
from bot.i18n import Language, Text, _, explained
from bot.model.ids import RequestNumber
from bot.model.session import Kind
from bot.typed_text import LONGEST_NOTE
from bot.views.form import (
    AT_HINT,
    AT_LABEL,
    IN_CHAT_HINT,
    IN_CHAT_LABEL,
    INVITE_HINT,
    InviteForm,
    SessionForm,
    invite_form_title,
)
from bot.views.outage import OutageForm
from bot.views.parts import Style
from bot.views.session import kind_hint, kind_text

_MOST_IN_A_LIST = 15
"""From how many choices on people search by typing: a list of Teams that is searched shows as many at a time."""
_LONGEST_NAME = 80


def session_form(view: SessionForm, say: Language, *, is_dialog: bool = False) -> CardContent:
    """Render the form. In a dialog Teams accepts no ``Action.Execute``, and shows a title itself."""
    title = _("New session")
    create = submit if is_dialog else execute
    body = [
        *([] if is_dialog else [heading(say.say(title))]),
        _picker(view.number, say),
        kind_choice(view.kind, say),
        note_field(view.note, say),
        *_later(view, say),
        *([in_chat_toggle(say)] if view.offers_chat else []),
        *([channel_choice(view, say)] if view.choices else []),
        {"type": "ActionSet", "actions": [create(_("Create"), {FORM: True}, say, Style.PRIMARY)]},
    ]
    return CardContent(plain(say).say(title), body)


def invite_form(view: InviteForm, say: Language) -> CardContent:
    """Render the form in which a colleague is named who is to be invited."""
    submit_button = execute(_("Invite"), {INVITE_FORM: view.session}, say, Style.PRIMARY)
    return colleague_card(invite_form_title(view), COLLEAGUE, submit_button, say, hint=INVITE_HINT)


def _picker(number: RequestNumber | None, say: Language) -> Element:
    """Return the input for the request: searched while somebody types (``application/search``), or filled in."""
    known = (
        {"choices": [{"title": f"#{number}", "value": number}], "value": number}
        if number
        else {"choices": []}
    )
    return {
        "type": "Input.ChoiceSet",
        "id": REQUEST,
        "style": "filtered",
        "label": _say_plain(_("Request"), say),
        "placeholder": _say_plain(_("Number, subject or requester"), say),
        "isRequired": True,
        "errorMessage": _say_plain(_("Choose a request."), say),
        "choices.data": {"type": "Data.Query", "dataset": REQUESTS},
        **known,
    }


def kind_choice(chosen: Kind, say: Language) -> Element:
    """Return the input for the kind of session."""
    titles = {kind: explained(kind_text(kind), kind_hint(kind)) for kind in Kind}
    return {
        "type": "Input.ChoiceSet",
        "id": KIND,
        "style": "expanded",
        "wrap": True,
        "label": _say_plain(_("Kind"), say),
        "choices": [{"title": _say_plain(title, say), "value": kind.value} for kind, title in titles.items()],
        "value": chosen.value,
    }


def note_field(written: str, say: Language) -> Element:
    """Return the input for the note."""
    return {
        "type": "Input.Text",
        "id": NOTE,
        "label": _say_plain(_("Note"), say),
        "isMultiline": True,
        "maxLength": LONGEST_NOTE,
        **({"value": written} if written else {}),
    }


def channel_choice(view: SessionForm | OutageForm, say: Language) -> Element:
    """Return the input for the card's channel. The first choice is where the form is."""
    here = _("This channel") if view.channel else _("Your own chat with the bot")
    choices = [(here, HERE), *((one.name, one.value) for one in view.choices)]
    return {
        "type": "Input.ChoiceSet",
        "id": CHANNEL,
        "style": "compact" if len(choices) <= _MOST_IN_A_LIST else "filtered",
        "label": _say_plain(_("Post the card in"), say),
        "choices": [
            {"title": _say_plain(name, say)[:_LONGEST_NAME], "value": value} for name, value in choices
        ],
        "value": HERE,
    }


def _later(view: SessionForm, say: Language) -> list[Element]:
    """Return the inputs for the time of a session that is created later."""
    title = explained(AT_LABEL, AT_HINT)
    return [aside(say.say(title)), *time_inputs(say, view.starts_at, view.timezone)]


def in_chat_toggle(say: Language) -> Element:
    """Return the switch for the invitation in a chat. It is on at first."""
    return {
        "type": "Input.Toggle",
        "id": IN_CHAT,
        "title": _say_plain(explained(IN_CHAT_LABEL, IN_CHAT_HINT), say),
        "label": _say_plain(_("Invitation"), say),
        "value": "true",
        "wrap": True,
    }


def _say_plain(sentence: Text, say: Language) -> str:
    return plain(say).say(sentence)
