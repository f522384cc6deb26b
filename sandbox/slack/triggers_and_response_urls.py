"""What Slack hands out for a short while: trigger ids, which open one view, and addresses for later answers."""

from dataclasses import dataclass

TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 1800.0
RESPONSE_USES = 5


@dataclass(slots=True, eq=False)
class Trigger:
    """Opens one view, within three seconds of what the person did. ``view`` is the modal it was done in."""

    id: str
    user: str
    team: str
    issued_at: float
    view: str | None = None
    is_used: bool = False


@dataclass(slots=True, eq=False)
class ResponseUrl:
    """An address that takes five answers within thirty minutes. ``original`` is the ts of the message acted on."""

    id: str
    user: str
    channel: str
    issued_at: float
    original: str | None = None
    uses: int = 0

    def trouble(self, now: float) -> str | None:
        """Say why the address takes no more answers."""
        if now - self.issued_at > RESPONSE_SECONDS:
            return "expired_url"
        return "used_url" if self.uses >= RESPONSE_USES else None
