"""The settings of one simulated tenant: names, secrets, and options for undocumented behaviour."""

from dataclasses import dataclass, field, fields
from typing import Literal

SCOPES = frozenset(
    {
        "SDPOnDemand.requests.READ",
        "SDPOnDemand.requests.CREATE",
        "SDPOnDemand.requests.UPDATE",
        "SDPOnDemand.setup.READ",
        "SDPOnDemand.technicians.READ",
        "SDPOnDemand.users.READ",
    }
)
STATUS_FIELDS = ("id", "name", "internal_name", "color", "in_progress", "stop_timer")
"""The fields of a status in recorded responses (Cortex XSOAR, test data of its ServiceDesk Plus pack)."""


_IDENTITY = frozenset({"portal", "client_id", "client_secret", "refresh_token"})


@dataclass(eq=False, kw_only=True)
class Tenant:
    """A portal, its OAuth client, and the behaviour of the API.

    ``throttle`` is the maximum number of calls to one path in a minute. ``throttle_status`` and ``oauth_denied_status``
    are HTTP statuses that differ between documentation and production traffic. ``reply_status`` is the status of a
    successful creation (undocumented: 200 or 201). Without ``has_users`` the API has no list of users.

    ``portal`` is the default portal, which has all requests. ``other_portals`` are names of portals without requests.
    Without ``has_portals`` the API has no list of portals. ``refuse_portals``: the client lacks the scope for that list
    (which one is undocumented). ``opens_pages_without_portal``: the address of a page may leave the portal out (nobody
    has been seen with such a link).

    ``refuse_replies`` refuses every reply, in the way of ``reply_refusal``. ``refused_reply_fields`` are keys of a reply
    that are refused as unknown. ``mails_public_notes``: a public note is mailed to the requester, as notification rules
    may say. ``refused_criteria`` and ``refused_search_fields`` are fields by which a search is refused.
    ``ignored_criteria`` are fields by which a search finds everything. ``names_technician_addresses``: whether a list of
    requests has the address of each technician.
    ``lists_trashed`` and ``reads_trashed``: whether requests in the trash are listed, and read by id. ``status_fields``
    are the fields of a status; None leaves out the whole status. ``marks_technicians``: whether the list of users says
    who is a technician. All of this is undocumented.

    ``unscoped_operations`` are operations for which the client lacks the scope, ``forbidden_operations`` those that the
    role of the API's account does not allow, each by the name of its route (``notes.update``). ``finishes_requests``: a
    finished request takes no more notes and worklogs (undocumented). ``knows_owners_by_email``: the owner of a worklog
    may be named by an e-mail address (seen in production traffic, not documented). ``lists_worklog_texts``: a list of
    worklogs has their descriptions (undocumented). ``names_wrong_secrets``: Zoho has an error of its own for a wrong
    client secret (seen in reports, not documented).
    """

    portal: str = "itdesk"
    other_portals: list[str] = field(default_factory=list)
    has_portals: bool = True
    refuse_portals: bool = False
    opens_pages_without_portal: bool = False
    client_id: str = "1000.CLIENT"
    client_secret: str = field(default="zoho-secret", repr=False)
    refresh_token: str = field(default="1000.refresh.token", repr=False)
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    refuse_replies: bool = False
    reply_refusal: Literal["forbidden", "unknown_path", "invalid", "page"] = "forbidden"
    refused_reply_fields: set[str] = field(default_factory=set)
    mails_public_notes: bool = False
    refused_criteria: set[str] = field(default_factory=set)
    refused_search_fields: set[str] = field(default_factory=set)
    ignored_criteria: set[str] = field(default_factory=set)
    names_technician_addresses: bool = True
    lists_trashed: bool = False
    reads_trashed: bool = True
    status_fields: tuple[str, ...] | None = STATUS_FIELDS
    marks_technicians: bool = True
    unscoped_operations: set[str] = field(default_factory=set)
    forbidden_operations: set[str] = field(default_factory=set)
    finishes_requests: bool = False
    knows_owners_by_email: bool = True
    lists_worklog_texts: bool = True
    names_wrong_secrets: bool = False
    has_users: bool = True
    throttle: int | None = None
    throttle_status: int = 400
    oauth_denied_status: int = 200
    reply_status: int = 200

    def reset_behaviour(self) -> None:
        """Set every option of the API's behaviour to its default. Names and secrets stay."""
        defaults = Tenant()
        for option in fields(Tenant):
            if option.name not in _IDENTITY:
                setattr(self, option.name, getattr(defaults, option.name))

    @property
    def address(self) -> str:
        """The portal's sender address."""
        return f"{self.portal}@servicedesk.test"
