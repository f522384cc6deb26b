"""Buttons: those that send a command, and those that open an address."""

from collections.abc import Sequence
from typing import Any

from adapters.teams.render.card import Element, text
from adapters.teams.render.fields import COMMAND, VERB
from adapters.teams.render.markdown import plain
from bot.commands import Command, encode_command
from bot.i18n import Language, Text
from bot.views.parts import Button, LinkButton, Style

MOST_IN_A_ROW = 6
"""Teams cuts off what stands behind."""
_STYLES = {Style.PRIMARY: "positive", Style.DANGER: "destructive"}


def actions(buttons: Sequence[Button | LinkButton], say: Language) -> list[Element]:
    """Rows of buttons, each as long as Teams shows it whole; nothing where there are none."""
    made = [action(one, say) for one in buttons]
    rows = [made[start : start + MOST_IN_A_ROW] for start in range(0, len(made), MOST_IN_A_ROW)]
    return [{"type": "ActionSet", "actions": row} for row in rows]


def action(one: Button | LinkButton, say: Language) -> Element:
    """A button. One that asks first opens the question below itself: cards have no dialog of their own for it."""
    if isinstance(one, LinkButton):
        return open_url(one.label, one.url.reveal(), say) | _style(one.style)
    if one.question is None:
        return execute(one.label, {COMMAND: encode_command(one.command)}, say, one.style)
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
        "title": plain(say).say(one.label),
        "card": question,
        **_style(one.style),
    }


def execute(label: Text, data: Element, say: Language, style: Style = Style.PLAIN) -> Element:
    """A button that sends data; a client that knows no ``Action.Execute`` sends the same as a message."""
    return {
        "type": "Action.Execute",
        "title": plain(say).say(label),
        "verb": VERB,
        "data": data,
        **_style(style),
        "fallback": submit(label, data, say, style),
    }


def submit(label: Text, data: Element, say: Language, style: Style = Style.PLAIN) -> Element:
    """A button that sends data as a message, or from a dialog."""
    return {"type": "Action.Submit", "title": plain(say).say(label), "data": data, **_style(style)}


def in_dialog(shown: Any) -> Any:
    """Show a card in a dialog: Teams takes no ``Action.Execute`` there, so each gives way to what stands in for it."""
    if isinstance(shown, list):
        return [in_dialog(one) for one in shown]
    if not isinstance(shown, dict):
        return shown
    if shown.get("type") == "Action.Execute":
        return shown["fallback"]
    return {name: in_dialog(value) for name, value in shown.items() if name != "refresh"}


def open_url(label: Text, url: str, say: Language) -> Element:
    """A button that opens an address in the browser."""
    return {"type": "Action.OpenUrl", "title": plain(say).say(label), "url": url}


def refresh(command: Command, label: Text, viewers: Sequence[str], say: Language) -> Element:
    """Let these accounts' clients ask for their own view of a card by themselves. Teams takes at most sixty."""
    asked = execute(label, {COMMAND: encode_command(command)}, say)
    del asked["fallback"]
    return {"action": asked, "userIds": list(viewers)[:60]}


def _style(style: Style) -> Element:
    return {"style": _STYLES[style]} if style in _STYLES else {}
