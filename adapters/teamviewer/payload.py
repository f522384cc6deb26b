"""Single fields of TeamViewer's JSON: unknown ones are ignored, optional ones may be absent or null."""

from datetime import UTC, datetime

from adapters.teamviewer.api_response import Answer, Payload
from adapters.teamviewer.errors import refusal, unreadable
from bot.model.sanitize import sanitize


def accepted(answer: Answer) -> Payload:
    """Return what an accepted call brought. Raises Rejected."""
    if answer.is_refusal:
        raise refusal(answer)
    return answer.payload or {}


def text(payload: Payload, name: str) -> str:
    """Return a field of text that can be shown, empty where there is none."""
    value = payload.get(name)
    return sanitize(value) if isinstance(value, str) else ""


def needed(payload: Payload, name: str) -> str:
    """Return a field of text without which the answer means nothing. Raises Unavailable."""
    value = text(payload, name)
    if not value:
        raise unreadable()
    return value


def entries(payload: Payload, name: str) -> list[Payload]:
    """Return a list of objects. Raises Unavailable: a list that is missing is not one that is empty."""
    listed = payload.get(name)
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise unreadable()
    return listed


def moment(payload: Payload, name: str) -> datetime | None:
    """Read a date, with or without a fraction or an offset; without one it is UTC."""
    try:
        at = datetime.fromisoformat(text(payload, name))
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def written(at: datetime) -> str:
    """Write a date as TeamViewer does: UTC, whole seconds (TeamViewer API documentation 2023-03, p. 6)."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_closed(payload: Payload) -> bool:
    """Whether a session says that it is closed.

    ``closed`` in TeamViewer API documentation 2023-03, p. 40; ``Open`` and ``Closed`` seen in production traffic. A
    number (undocumented) tells nothing.
    """
    return text(payload, "state").lower() == "closed"
