"""Buttons that send a command or open an address, and the names of the fields that cards send back."""

from collections.abc import Sequence
from typing import Any

from adapters.teams.render.card import Element, text
from adapters.teams.render.markdown import plain
from bot.commands import Command, encode_command
from bot.i18n import Language, Text
from bot.views.parts import Button, LinkButton, Question, Style

VERB = "tv"
"""The verb of every ``Action.Execute``."""
COMMAND = "tv"
"""The field with the encoded command of a button."""
FORM = "tv_form"
"""The field that marks the form of a new session."""
INVITE_FORM = "tv_invite"
"""The field of the form that invites a colleague: the session."""
COLLEAGUE = "colleague"
"""The input of that form."""
POLICY_FORM = "tv_policy"
"""The field that marks the form for a new rule."""
DEMAND = "demand"
"""The input of that form for what the rule demands."""
POST = "tv_post"
"""The field that names the session of a new card, and the attempt that posts it."""
OUTAGE_POST = "outage:"
"""How that field begins on the card of an outage. It goes on with the outage and the attempt."""
OUTAGE_FORM = "tv_outage"
"""The field that marks the form for an outage."""
NUMBERS, CHOSEN = "numbers", "chosen"
"""The inputs of that form for the numbers of requests, and for the requests that are chosen from a list."""
REQUEST, KIND, NOTE, CHANNEL, IN_CHAT = "request", "kind", "note", "channel", "in_chat"
"""The inputs of the form."""
HERE = "here"
"""The value of the form's channel if the card stays where the form is."""
REQUESTS = "requests"
"""The dataset that the form's picker searches while somebody types."""
MAX_IN_A_ROW = 6
"""Teams cuts off the buttons behind."""
_ROW_WIDTH = 304
"""Pixels of a row of buttons on a phone of 360 pixels, with a gap behind the last one. A row does not wrap: the renderer
shortens every button in it until none can be told from the next."""
_WIDEST_BESIDE = 150
_NARROWEST, _FRAME, _CHARACTER, _GAP = 96, 26, 8, 8
"""Pixels of a button: at least, around its label, for each character (a wide one), and behind it."""
_STYLES = {Style.PRIMARY: "positive", Style.DANGER: "destructive"}


def actions(buttons: Sequence[Button | LinkButton], say: Language) -> list[Element]:
    """Return rows of buttons that Teams shows whole. Empty if there are no buttons.

    There are as few rows as possible, and if possible the last button does not stand alone in one.
    """
    rows = _arrange_rows([action(one, say) for one in buttons])
    return [
        {"type": "ActionSet", "actions": row, **({"spacing": "Small"} if place else {})}
        for place, row in enumerate(rows)
    ]


def _arrange_rows(made: Sequence[Element]) -> list[list[Element]]:
    """Fill the rows from the last one up if that leaves the last button a neighbour, else from the first one down."""
    down = _fill_rows(made)
    if not down or len(down[-1]) > 1:
        return down
    up = [row[::-1] for row in _fill_rows(made[::-1])[::-1]]
    return up if len(up[-1]) > 1 else down


def _fill_rows(made: Sequence[Element]) -> list[list[Element]]:
    rows: list[list[Element]] = []
    left = 0
    for one in made:
        width = _width(one["title"])
        if not rows or left < width or len(rows[-1]) == MAX_IN_A_ROW:
            rows.append([])
            left = _ROW_WIDTH
        rows[-1].append(one)
        left -= width
    return rows


def fits_beside(button: Button, say: Language) -> bool:
    """Whether a button leaves enough width on a phone for the text at its side."""
    return _width(plain(say).say(button.label)) <= _WIDEST_BESIDE


def _width(title: str) -> int:
    """Estimate the pixels of a button, with the gap behind it."""
    return max(_NARROWEST, _FRAME + _CHARACTER * len(title)) + _GAP


def action(one: Button | LinkButton, say: Language) -> Element:
    """Return a button. One with a question opens it below itself: cards have no dialog for confirmations."""
    if isinstance(one, LinkButton):
        return open_url(one.label, one.url.reveal(), say) | _style(one.style)
    if one.question is None:
        sent = {COMMAND: encode_command(one.command)}
        return execute(one.label, sent, say, one.style, spoken=one.spoken_label)
    asked = Button(one.question.yes, one.command, one.style)
    question = {
        "type": "AdaptiveCard",
        "body": [
            text(say.say(one.question.title), weight="Bolder"),
            text(say.say(one.question.text), spacing="Small"),
        ],
        "actions": [action(asked, say)],
    }
    return {
        "type": "Action.ShowCard",
        **_words(one.label, one.spoken_label, say),
        "card": question,
        **_style(one.style),
    }


def question_below(
    button: Button, question: Question, say: Language, *, name: str
) -> tuple[Element, Element]:
    """Return a button that opens its question in another part of the card, and that part. ``name`` is its id in the card."""
    opener = {
        "type": "Action.ToggleVisibility",
        **_words(button.label, button.spoken_label, say),
        "targetElements": [name],
        **_style(button.style),
    }
    asked = Button(question.yes, button.command, button.style)
    part = {
        "type": "Container",
        "id": name,
        "isVisible": False,
        "items": [
            text(say.say(question.title), weight="Bolder"),
            text(say.say(question.text), spacing="Small"),
            *actions([asked], say),
        ],
    }
    return opener, part


def execute(
    label: Text, data: Element, say: Language, style: Style = Style.PLAIN, *, spoken: Text | None = None
) -> Element:
    """Return a button that sends data. A client without ``Action.Execute`` sends the same as a message.

    ``spoken`` is its label for screen readers, if it differs.
    """
    words = _words(label, spoken, say)
    return {
        "type": "Action.Execute",
        **words,
        "verb": VERB,
        "data": data,
        **_style(style),
        "fallback": _submit(words, data, style),
    }


def submit(
    label: Text, data: Element, say: Language, style: Style = Style.PLAIN, *, spoken: Text | None = None
) -> Element:
    """Return a button that sends data as a message, or from a dialog."""
    return _submit(_words(label, spoken, say), data, style)


def _submit(words: Element, data: Element, style: Style) -> Element:
    return {"type": "Action.Submit", **words, "data": data, **_style(style)}


def _words(label: Text, spoken: Text | None, say: Language) -> Element:
    """Return a button's label, and what Teams shows over it and gives to a screen reader: its ``tooltip``."""
    plain_text = plain(say)
    title = {"title": plain_text.say(label)}
    return {**title, "tooltip": plain_text.say(spoken)} if spoken else title


def in_dialog(value: Any) -> Any:
    """Return a card for a dialog. Teams accepts no ``Action.Execute`` there, so its fallback replaces each."""
    if isinstance(value, list):
        return [in_dialog(one) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "Action.Execute":
        return value["fallback"]
    return {name: in_dialog(inner) for name, inner in value.items() if name != "refresh"}


def marked(value: Any, post: str) -> Any:
    """Return a card whose buttons, and whose refresh, send back which post they belong to."""
    if isinstance(value, list):
        return [marked(one, post) for one in value]
    if not isinstance(value, dict):
        return value
    made = {name: marked(inner, post) for name, inner in value.items()}
    if value.get("type") in {"Action.Execute", "Action.Submit"}:
        made["data"] = {**value["data"], POST: post}
    return made


def open_url(label: Text, url: str, say: Language) -> Element:
    """Return a button that opens an address in the browser."""
    return {"type": "Action.OpenUrl", "title": plain(say).say(label), "url": url}


def refresh(command: Command, label: Text, viewers: Sequence[str], say: Language) -> Element:
    """Return the ``refresh`` of a card: the clients of ``viewers`` send the command by themselves. Teams allows sixty."""
    asked = execute(label, {COMMAND: encode_command(command)}, say)
    del asked["fallback"]
    return {"action": asked, "userIds": list(viewers)[:60]}


def _style(style: Style) -> Element:
    return {"style": _STYLES[style]} if style in _STYLES else {}
