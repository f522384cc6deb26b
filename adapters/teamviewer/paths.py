"""The paths of TeamViewer's Web API."""

from urllib.parse import quote

from bot.model.ids import SessionCode


def session_path(code: SessionCode) -> str:
    """Return the path of one session (TeamViewer API documentation 2023-03, p. 44)."""
    return f"/sessions/{quote(code, safe='')}"
