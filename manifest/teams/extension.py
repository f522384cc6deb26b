"""The message extension: looking requests up while writing, a session from a message, and the previews of links."""

from collections.abc import Sequence
from typing import Any

from bot.i18n import _

SEARCH = "searchRequests"
CREATE = "createSession"
QUERY = "query"
"""The parameter of the search that holds what was typed."""


def message_extension(bot_id: str, domains: Sequence[str]) -> dict[str, Any]:
    """Return the extension; links to ``domains`` are shown as their request."""
    return {
        "botId": bot_id,
        "commands": [_search(), _create()],
        "messageHandlers": [{"type": "link", "value": {"domains": list(domains)}}],
    }


def _search() -> dict[str, Any]:
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
                "description": _("Its number, or words of its subject"),
                "inputType": "text",
            }
        ],
    }


def _create() -> dict[str, Any]:
    return {
        "id": CREATE,
        "type": "action",
        "title": _("Create a session"),
        "description": _("Create a TeamViewer session for a request, or from a message that names one."),
        "context": ["compose", "message"],
        "fetchTask": True,
    }
