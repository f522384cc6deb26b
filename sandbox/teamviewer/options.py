"""Options for what TeamViewer's documentation leaves open, and for what an account may lack."""

from dataclasses import dataclass, field, fields
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
"""The permissions that the simulated calls need: TeamViewer API documentation 2023-03, p. 11-12."""


@dataclass(slots=True)
class Options:
    """The behaviour of the simulated TeamViewer. Every option may be changed at any time."""

    state_casing: Literal["Open", "open", "int"] = "Open"
    """``Open`` is seen in production traffic, ``open`` is documented. ``int`` returns numbers from a create."""
    minimal_create_answer: bool = False
    """Return only the code from a create, so that the client must fetch the links."""
    extra_fields: bool = False
    """Add undocumented fields to every response."""
    page_size: int = 1000
    odd_date: str | None = None
    """Written in place of each session's ``valid_until`` and each connection's ``end_date``, to send impossible dates."""

    expires_in: int = 86400
    """Lifetime of an access token in seconds."""
    redirect_uri_required: bool = True
    """Whether the exchange of a code needs the redirect URI. It is documented, but missing in production traffic."""
    pkce: Literal["ignored", "checked", "required"] = "ignored"
    """Whether the sign-in takes ``code_challenge`` (RFC 7636): undocumented. ``code_verifier`` is listed for the exchange."""
    refresh_token_grace: timedelta = timedelta(0)
    """How long a refresh token that was used works once more. None is documented; other services give one."""
    token_reuse_status: Literal[400, 401] = 400
    """The status for a refresh token that was used before: undocumented, assumed."""
    scopes: set[str] = field(default_factory=lambda: set(ALL_SCOPES))
    """The permissions of the app. A call that lacks one returns 401 ``invalid_token``."""

    web_client: Literal["remote", "all", "none"] = "remote"
    """For which sessions responses contain the link to the web client. Seen for remote ones, unknown for Pilot."""
    pilot_licensed: bool = True
    """Whether the licence includes Pilot sessions."""
    tensor_licensed: bool = True
    """Whether the licence is Tensor with Enterprise Integrations."""
    licence_is_active: bool = True
    """What ``GET /account`` says about the account's licence."""
    licence_refusal: str = "There was no {licence} license found for the connected account."
    """The explanation of a missing licence: undocumented, worded as a production integration words it."""
    licence_status: Literal[400, 403, 500] = 400
    """The status for a missing licence: undocumented, assumed. 500 was seen for missing features."""
    max_open_sessions: int | None = None
    """Maximum number of open sessions of an account."""
    group_required: bool = True
    refused_create_fields: set[str] = field(default_factory=set)
    """Fields of a create that are refused as unknown. ``valid_until`` has one source, ``groupname`` a doubtful one."""
    groupname_permission: str | None = None
    """The permission that ``groupname`` needs: undocumented. None: no other than the create itself."""
    answers_valid_until: bool = True
    """Whether the response to a create says when the links expire."""

    reassigning: Literal["new_link", "same_link", "refused"] = "new_link"
    """What an update with another ``assigned_userid`` does. The field is documented, its effect on the supporter link is not.

    ``refused`` answers 400 ``invalid_request``: that a session may be assigned to any account is undocumented, too.
    """
    assignee_reads: bool = True
    """Whether the account that a session is assigned to may read and change it (undocumented, assumed)."""
    creator_reads_on: bool = True
    """Whether the creator may read and change a session that is assigned to another account (undocumented, assumed)."""

    closing_disconnects: bool = True
    """Whether closing a session ends its running connection. Documented is only that it stops new ones."""

    sms_licensed: bool = True
    """Whether accounts may send SMS. What a refusal looks like is undocumented, assumed."""
    sms_language_known: bool = True
    """Whether ``sms_invite_language`` is accepted. Its values are undocumented."""
    repeated_sms_sent: bool = True
    """Whether a second call with ``sms_invite_number`` sends a second SMS: undocumented."""

    report_delay: timedelta = timedelta(0)
    """Time between the end of a connection and its appearance in reports: undocumented, assumed."""
    running_reported: bool = False
    """Whether reports contain running connections, without an end: undocumented."""
    pilot_reported: bool = True
    """Whether reports contain connections of Pilot sessions: undocumented, assumed."""

    rate_limits: dict[str, int] = field(default_factory=dict)
    """Maximum calls of a token in an hour, by operation. Other operations are unlimited."""
    rate_limit_status: Literal[403, 429] = 403
    """403 is documented. 429 has ``Retry-After``."""

    def reset(self) -> None:
        """Set every option to its default."""
        defaults = Options()
        for option in fields(Options):
            setattr(self, option.name, getattr(defaults, option.name))
