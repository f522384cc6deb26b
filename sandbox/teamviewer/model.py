"""The model of TeamViewer: accounts, groups, sessions and connections."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode

Kind = Literal["Default", "Pilot"]
State = Literal["open", "closed"]


@dataclass(frozen=True, slots=True)
class Account:
    """An account that can sign in. ``userid`` is ``u`` and digits."""

    userid: str
    email: str
    name: str
    company_name: str


@dataclass(frozen=True, slots=True)
class Group:
    """A group of one account's sessions. ``id`` is ``g`` and digits."""

    id: str
    name: str


@dataclass(slots=True)
class Session:
    """A session code of the service queue.

    Its links are as seen in production traffic: the code without dashes, and for the supporter a token of twelve letters
    and digits. Pilot links have another path: TeamViewer API documentation 2023-03, p. 43.
    """

    code: str
    kind: Kind
    owner: Account
    group: Group | None
    origin: str
    supporter_token: str = field(repr=False)
    created_at: datetime
    valid_until: datetime
    assigned_userid: str
    assigned_at: datetime
    state: State = "open"
    online: bool = False
    device: str = ""
    closed_at: datetime | None = None
    custom_api: str | None = None
    description: str | None = None
    waiting_message: str | None = None
    end_customer: dict[str, str] | None = None
    sms_sent_to: set[str] = field(default_factory=set)

    @property
    def digits(self) -> str:
        """The code without dashes, as links contain it."""
        return self.code.replace("-", "")

    @property
    def end_customer_link(self) -> str:
        """The requester's link."""
        return f"{self.origin}/{'pilot' if self.kind == 'Pilot' else 'v15'}/{self.digits}"

    @property
    def supporter_link(self) -> str:
        """The technician's link. It is a secret."""
        return f"{self.end_customer_link}-{self.supporter_token}"

    @property
    def webclient_supporter_link(self) -> str:
        """The technician's link to the web client. It is a secret."""
        parameters = {
            "sessioncode": self.digits,
            "servicequeuetoken": self.supporter_token,
            "lang": "en",
            "displayName": self.owner.name,
        }
        return f"{self.origin}/Connect/IndexByol?{urlencode(parameters)}"

    def belongs_to(self, account: Account) -> bool:
        """Return whether an account created the session or has it assigned."""
        return account.userid in {self.owner.userid, self.assigned_userid}

    def is_expired(self, at: datetime) -> bool:
        """Return whether the session has expired. The API still lists it as open (seen in production traffic)."""
        return self.state == "open" and self.valid_until <= at


@dataclass(slots=True)
class Connection:
    """A connection of a requester to a session. It runs until ``ended_at``. ``id`` is a bare GUID."""

    id: str
    session: Session
    deviceid: str
    devicename: str
    started_at: datetime
    ended_at: datetime | None = None
    feedback: dict[str, object] = field(default_factory=dict)
