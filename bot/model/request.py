"""A request of ServiceDesk Plus and the person who raised it."""

from collections.abc import Sequence

from bot.model.ids import RequestId, RequestNumber
from bot.model.secret import Secret
from bot.values import value_class


@value_class
class Requester:
    """The person who raised a request. ``phone`` is as ServiceDesk Plus stores it, not yet normalized.

    The name is empty where the request names nobody.
    """

    name: str
    email: str | None
    phone: Secret | None = None


@value_class
class Request:
    """A request as ServiceDesk Plus last returned it. ``site`` and ``group`` are empty where it has none."""

    id: RequestId
    number: RequestNumber
    subject: str
    status: str
    is_closed: bool
    requester: Requester
    url: str
    technician: str | None = None
    is_trashed: bool = False
    site: str = ""
    group: str = ""

    @property
    def takes_sessions(self) -> bool:
        """Whether a session may be created for it: it is neither closed nor in the trash."""
        return not self.is_closed and not self.is_trashed


@value_class
class AssignedRequests:
    """The open requests that are assigned to one technician, newest first. ``has_more``: there may be others, older ones."""

    requests: Sequence[Request]
    has_more: bool = False
