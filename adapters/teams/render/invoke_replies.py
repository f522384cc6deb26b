"""JSON bodies that answer an invoke (Teams: universal actions, dialogs, message extensions)."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from adapters.teams.render.attachments import ADAPTIVE_CARD, card_attachment
from adapters.teams.render.card import Element
from bot.values import value_class

MESSAGE = "application/vnd.microsoft.activity.message"
SEARCH_RESULTS = "application/vnd.microsoft.search.searchResponse"
ERROR = "application/vnd.microsoft.error"
MAX_OPTIONS = 15
"""Teams shows no more."""

Body = dict[str, Any]


@value_class
class InvokeReply:
    """The reply to an invoke: an HTTP status, and plain JSON (None: no body)."""

    status: int
    body: Body | None = None

    def __deepcopy__(self, memo: object) -> "InvokeReply":
        """Return itself: a turn context copies what it sends, and nothing changes a card after it is rendered."""
        return self


ACCEPTED = InvokeReply(HTTPStatus.ACCEPTED)
"""For everything that is not an invoke."""
NOT_IMPLEMENTED = InvokeReply(HTTPStatus.NOT_IMPLEMENTED)
"""For an invoke that nothing handles, as the Bot Framework does."""
BROKEN = InvokeReply(HTTPStatus.INTERNAL_SERVER_ERROR)
"""For a failure in anything but an invoke."""


def show_card(card: Element) -> Body:
    """Replace the card whose button was pressed, for the person who pressed it only."""
    return _action_response(HTTPStatus.OK, ADAPTIVE_CARD, card)


def show_message(text: str) -> Body:
    """Show a sentence to the person who pressed a button."""
    return _action_response(HTTPStatus.OK, MESSAGE, text)


def show_options(options: Sequence[tuple[str, str]]) -> Body:
    """Offer choices in an input while somebody types: title and value of each."""
    results = [{"title": title, "value": value} for title, value in options[:MAX_OPTIONS]]
    return _action_response(HTTPStatus.OK, SEARCH_RESULTS, {"results": results})


def show_results(attachments: Sequence[Element]) -> Body:
    """Offer cards to post. The list may be empty."""
    return _extension_response(
        {"type": "result", "attachmentLayout": "list", "attachments": list(attachments)}
    )


def show_hint(text: str) -> Body:
    """Show a sentence in place of results."""
    return _extension_response({"type": "message", "text": text})


def open_dialog(title: str, card: Element) -> Body:
    """Open a dialog with a card in it."""
    value = {"title": title, "height": "medium", "width": "medium", "card": card_attachment(card)}
    return {"task": {"type": "continue", "value": value}}


def close_dialog(text: str) -> Body:
    """Show a sentence as the last thing in a dialog."""
    return {"task": {"type": "message", "value": text}}


def failure(name: str, sentence: str) -> InvokeReply:
    """Report a failure to the person behind an invoke, in the form that Teams shows for its kind.

    For every status but 200 Teams shows an error of its own, without the sentence (Teams: universal actions, dialogs,
    message extensions).
    """
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    error = {"code": str(int(status)), "message": sentence}
    if name in {"adaptiveCard/action", "application/search"}:
        return InvokeReply(HTTPStatus.OK, _action_response(status, ERROR, error))
    if name in {"task/fetch", "task/submit"}:
        return InvokeReply(HTTPStatus.OK, close_dialog(sentence))
    if name.startswith("composeExtension/"):
        return InvokeReply(HTTPStatus.OK, show_hint(sentence))
    return InvokeReply(status, {"error": error})


def _action_response(status: HTTPStatus, kind: str, value: Any) -> Body:
    return {"statusCode": int(status), "type": kind, "value": value}


def _extension_response(value: Body) -> Body:
    return {"composeExtension": value}
