"""Build the message extension: request search, session creation and link previews."""

from collections.abc import Sequence
from typing import Any

from bot.i18n import _

SEARCH = "searchRequests"
CREATE = "createSession"
QUERY = "query"
"""The search parameter that carries the typed text."""


def build_message_extension(bot_id: str, domains: Sequence[str]) -> dict[str, Any]:
    """Return the extension. Teams asks the bot for a preview of each link to ``domains``."""
    return {
        "botId": bot_id,
        "commands": [_build_search(), _build_create()],
        "messageHandlers": [{"type": "link", "value": {"domains": list(domains)}}],
    }


def _build_search() -> dict[str, Any]:
    return {
        "id": SEARCH,
        "type": "query",
        "title": _("Find a request"),
        "description": _("Find a request and share its card."),
        "context": ["compose"],
        "initialRun": True,
        "parameters": [
            {
                "name": QUERY,
                "title": _("Request"),
                "description": _("Number, subject or requester"),
                "inputType": "text",
            }
        ],
    }


def _build_create() -> dict[str, Any]:
    return {
        "id": CREATE,
        "type": "action",
        "title": _("Create a session"),
        "description": _("Create a TeamViewer session for a request, or from a message that names one."),
        "context": ["compose", "message"],
        "fetchTask": True,
    }
