"""Read single fields of TeamViewer's JSON. Unknown fields are ignored, and optional ones may be absent or null."""

from datetime import UTC, datetime

from adapters.dates import parse_date
from adapters.teamviewer.api_response import ApiResponse, Payload
from adapters.teamviewer.errors import refusal_error, unreadable_response_error
from bot.model.sanitize import sanitize
from bot.model.session import Kind


def require_accepted(response: ApiResponse, kind: Kind | None = None) -> Payload:
    """Return the payload of an accepted call. ``kind``: of the session that it was to create. Raises Rejected."""
    if response.is_refusal:
        raise refusal_error(response, kind)
    return response.payload or {}


def text_field(payload: Payload, name: str) -> str:
    """Return a text field, sanitized for display. Empty if it is absent."""
    value = payload.get(name)
    return sanitize(value) if isinstance(value, str) else ""


def required_text(payload: Payload, name: str) -> str:
    """Return a text field that a valid response always has. Raises Unavailable if it is absent."""
    value = text_field(payload, name)
    if not value:
        raise unreadable_response_error()
    return value


def object_list(payload: Payload, name: str) -> list[Payload]:
    """Return a list of objects. Raises Unavailable if it is absent, because that does not mean empty."""
    objects = payload.get(name)
    if not isinstance(objects, list) or not all(isinstance(entry, dict) for entry in objects):
        raise unreadable_response_error()
    return objects


def datetime_field(payload: Payload, name: str) -> datetime | None:
    """Return a date, with or without a fraction or an offset. None if it is absent, or cannot be right."""
    return parse_date(text_field(payload, name))


def format_datetime(at: datetime) -> str:
    """Format a date as TeamViewer does: UTC, whole seconds (TeamViewer API documentation 2023-03, p. 6)."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_closed(payload: Payload) -> bool:
    """Return whether a session's state is closed.

    The value is ``closed`` in TeamViewer API documentation 2023-03, p. 40; ``Open`` and ``Closed`` were seen in
    production traffic. A number (undocumented) counts as open.
    """
    return text_field(payload, "state").lower() == "closed"
