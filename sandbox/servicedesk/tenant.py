"""What one simulated tenant is like: its names, its secrets, and the switches of what is unknown or may vary."""

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
    """A portal, the OAuth client that may use it, and how the place behaves.

    ``throttle`` is how many calls a minute one path takes. ``throttle_status`` and ``oauth_denied_status`` are HTTP
    statuses that differ between the documentation and production traffic; ``reply_status`` is that of a write
    that made something new (undocumented: 200 or 201). Where ``has_users`` is off, there is no list of users.
    """

    portal: str = "itdesk"
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
        """The mail address that the portal writes from."""
        return f"{self.portal}@servicedesk.test"
