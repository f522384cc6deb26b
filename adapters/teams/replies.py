"""What an invoke is answered with (Teams, universal actions; dialogs; message extensions): plain JSON."""

from typing import Any

from adapters.teams.chat import attachment
from adapters.teams.invoke import InvokeReply
from adapters.teams.render.attachments import CARD

MESSAGE = "application/vnd.microsoft.activity.message"
SEARCHED = "application/vnd.microsoft.search.searchResponse"


def card(shown: dict[str, Any]) -> InvokeReply:
    """Show a card in the place of the one that was pressed, to whoever pressed it alone."""
    return _action(200, CARD, shown)


def told(text: str) -> InvokeReply:
    """Say a sentence to whoever pressed."""
    return _action(200, MESSAGE, text)


def options(found: list[tuple[str, str]]) -> InvokeReply:
    """Offer what was found while somebody types: title and value of each. Teams shows 15 at most."""
    results = [{"title": title, "value": value} for title, value in found[:15]]
    return _action(200, SEARCHED, {"results": results})


def results(attachments: list[dict[str, Any]]) -> InvokeReply:
    """Offer cards to be posted; none is a fine answer, too."""
    return _extension({"type": "result", "attachmentLayout": "list", "attachments": attachments})


def hint(text: str) -> InvokeReply:
    """Say a sentence where results would stand."""
    return _extension({"type": "message", "text": text})


def dialog(title: str, shown: dict[str, Any]) -> InvokeReply:
    """Open a window with a card in it."""
    value = {"title": title, "height": "medium", "width": "medium", "card": attachment(shown)}
    return InvokeReply(200, {"task": {"type": "continue", "value": value}})


def dialog_says(text: str) -> InvokeReply:
    """Say a sentence in the window, which is then done."""
    return InvokeReply(200, {"task": {"type": "message", "value": text}})


def _action(status: int, kind: str, value: Any) -> InvokeReply:
    return InvokeReply(200, {"statusCode": status, "type": kind, "value": value})


def _extension(value: dict[str, Any]) -> InvokeReply:
    return InvokeReply(200, {"composeExtension": value})
