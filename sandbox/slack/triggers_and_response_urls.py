"""The short-lived handles of an interaction: trigger ids, which open one view, and response URLs."""

from dataclasses import dataclass

TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 1800.0
RESPONSE_USES = 5


@dataclass(slots=True, eq=False)
class Trigger:
    """A trigger id: opens one view within three seconds. ``view`` is the modal that the action came from."""

    id: str
    user: str
    team: str
    issued_at: float
    view: str | None = None
    is_used: bool = False


@dataclass(slots=True, eq=False)
class ResponseUrl:
    """A URL that accepts five responses within 30 minutes. ``original`` is the ts of the message acted on."""

    id: str
    user: str
    channel: str
    issued_at: float
    original: str | None = None
    uses: int = 0

    def find_rejection(self, now: float) -> str | None:
        """Return why the URL accepts no more responses. Return None if it accepts them."""
        if now - self.issued_at > RESPONSE_SECONDS:
            return "expired_url"
        return "used_url" if self.uses >= RESPONSE_USES else None
