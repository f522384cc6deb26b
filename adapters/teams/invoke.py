"""What an invoke is answered with, and the form in which each kind of invoke is told of a failure."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any


@dataclass(frozen=True, slots=True)
class InvokeReply:
    """The answer to an invoke: an HTTP status, and plain JSON (None: no body)."""

    status: int
    body: dict[str, Any] | None = None


ACCEPTED = InvokeReply(HTTPStatus.ACCEPTED)
"""For everything that is no invoke."""
NOT_IMPLEMENTED = InvokeReply(HTTPStatus.NOT_IMPLEMENTED)
"""For an invoke that nobody answered, as the Bot Framework does."""
BROKEN = InvokeReply(HTTPStatus.INTERNAL_SERVER_ERROR)
"""For anything but an invoke."""


def failure(name: str, sentence: str) -> InvokeReply:
    """Tell a person that an invoke failed, in the form that Teams shows for its kind.

    Teams shows an error of its own, without our sentence, for every status but 200 (Teams: universal actions, dialogs,
    message extensions).
    """
    code = int(HTTPStatus.INTERNAL_SERVER_ERROR)
    error = {"code": str(code), "message": sentence}
    if name in {"adaptiveCard/action", "application/search"}:
        body = {"statusCode": code, "type": "application/vnd.microsoft.error", "value": error}
    elif name in {"task/fetch", "task/submit"}:
        body = {"task": {"type": "message", "value": sentence}}
    elif name.startswith("composeExtension/"):
        body = {"composeExtension": {"type": "message", "text": sentence}}
    else:
        return InvokeReply(code, {"error": error})
    return InvokeReply(HTTPStatus.OK, body)
