"""A request of ServiceDesk Plus and the person who raised it."""

from dataclasses import dataclass

from bot.model.ids import RequestId, RequestNumber
from bot.model.secret import Secret


@dataclass(frozen=True, slots=True)
class Requester:
    """The person who raised a request. ``phone`` is as ServiceDesk Plus stores it, not yet normalized."""

    name: str
    email: str | None
    phone: Secret | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request as ServiceDesk Plus last returned it."""

    id: RequestId
    number: RequestNumber
    subject: str
    status: str
    is_closed: bool
    requester: Requester
    url: str
    technician: str | None = None
