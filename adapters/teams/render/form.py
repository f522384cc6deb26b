"""The form of a new session, as a card in a chat or in a dialog."""

from adapters.teams.render.actions import execute, submit
from adapters.teams.render.card import Element, Shown, card, heading
from adapters.teams.render.fields import FORM, KIND, NOTE, REQUEST, REQUESTS
from adapters.teams.render.markdown import formatter, plain
from bot.i18n import Language, Text, _
from bot.model.ids import RequestNumber
from bot.model.session import Kind
from bot.typed_text import LONGEST_NOTE
from bot.views.form import SessionForm
from bot.views.parts import Reader, Style
from bot.views.session import kind_text


def session_form(view: SessionForm, reader: Reader, *, dialog: bool = False) -> Element:
    """Render the form. Teams takes no ``Action.Execute`` in a dialog (``dialog``), and gives it a title itself."""
    say = formatter(reader)
    title = _("New session")
    create = submit if dialog else execute
    body = [
        *([] if dialog else [heading(say.say(title))]),
        _picker(view.number, say),
        _kinds(view.kind, say),
        _note(view.note, say),
        {"type": "ActionSet", "actions": [create(_("Create"), {FORM: True}, say, Style.PRIMARY)]},
    ]
    return card(Shown(plain(say).say(title), body), say.code)


def _picker(number: RequestNumber | None, say: Language) -> Element:
    """A request, looked for while somebody types (``application/search``), or the one that is known."""
    known = (
        {"choices": [{"title": f"#{number}", "value": number}], "value": number}
        if number
        else {"choices": []}
    )
    return {
        "type": "Input.ChoiceSet",
        "id": REQUEST,
        "style": "filtered",
        "label": _words(_("Request"), say),
        "placeholder": _words(_("Its number, or words of its subject"), say),
        "isRequired": True,
        "errorMessage": _words(_("Choose a request."), say),
        "choices.data": {"type": "Data.Query", "dataset": REQUESTS},
        **known,
    }


def _kinds(chosen: Kind, say: Language) -> Element:
    return {
        "type": "Input.ChoiceSet",
        "id": KIND,
        "style": "expanded",
        "label": _words(_("Kind"), say),
        "choices": [{"title": _words(kind_text(kind), say), "value": kind.value} for kind in Kind],
        "value": chosen.value,
    }


def _note(note: str, say: Language) -> Element:
    return {
        "type": "Input.Text",
        "id": NOTE,
        "label": _words(_("Note"), say),
        "isMultiline": True,
        "maxLength": LONGEST_NOTE,
        **({"value": note} if note else {}),
    }


def _words(sentence: Text, say: Language) -> str:
    return plain(say).say(sentence)
