"""Switches for what TeamViewer's documents leave open, and for what an account may lack."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

ALL_SCOPES = frozenset(
    {
        "Account.Read",
        "Account.ReadEmail",
        "Sessions.Create",
        "Sessions.ReadOwn",
        "Sessions.ReadAll",
        "Sessions.ModifyOwn",
        "Sessions.ModifyAll",
        "Connections.Read",
    }
)
"""Names as in the TeamViewer API documentation 2023-03, p. 11-12; those that no simulated call needs are left out."""


@dataclass(slots=True)
class Options:
    """How the simulated TeamViewer behaves. Every switch may be turned at any time."""

    state_casing: Literal["Open", "open", "int"] = "Open"
    """``Open`` is seen in production traffic, ``open`` is documented; ``int`` gives numbers in the create answer."""
    minimal_create_answer: bool = False
    """Answer a create with the code alone, so that the links have to be fetched."""
    extra_fields: bool = False
    """Add fields to every answer that no document names."""
    page_size: int = 1000

    expires_in: int = 86400
    """Life of an access token, in seconds."""
    redirect_uri_required: bool = True
    """Whether the exchange of a code needs the redirect URI: documented so, and seen left out in production."""
    token_reuse_status: Literal[400, 401] = 400
    """What a burnt refresh token is answered with: undocumented, assumed."""
    scopes: set[str] = field(default_factory=lambda: set(ALL_SCOPES))
    """The permissions ticked on the app; a call that lacks one is answered 401 ``invalid_token``."""

    pilot_licensed: bool = True
    max_open_sessions: int | None = None
    """How many sessions an account may have open at once."""
    group_required: bool = True

    report_delay: timedelta = timedelta(0)
    """How long after its end a connection appears in the reports: undocumented, assumed."""
    running_reported: bool = False
    """Whether a connection that still runs is in the reports, without an end: undocumented."""
    pilot_reported: bool = True
    """Whether connections of Pilot sessions are in the reports: undocumented, assumed."""

    rate_limits: dict[str, int] = field(default_factory=dict)
    """Operation -> how many calls a token has in an hour; what is not named is unlimited."""
    rate_limit_status: Literal[403, 429] = 403
    """403 is documented; 429 comes with ``Retry-After``."""
