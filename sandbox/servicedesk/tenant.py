"""The settings of one simulated tenant: names, secrets, and options for undocumented behaviour."""

from dataclasses import dataclass, field

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
    has_users: bool = True
    throttle: int | None = None
    throttle_status: int = 400
    oauth_denied_status: int = 200
    reply_status: int = 200

    @property
    def address(self) -> str:
        """The portal's sender address."""
        return f"{self.portal}@servicedesk.test"
