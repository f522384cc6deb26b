"""The open requests that are assigned to technicians, as they were last read."""

from datetime import datetime, timedelta

from bot.errors import BotError, Unavailable
from bot.i18n import Text, _
from bot.model.ids import Email
from bot.model.request import AssignedRequests
from bot.pauses import LeftAlone, pause_after
from bot.ports import Clock, ServiceDesk
from bot.values import field, replace, value_class

PAUSE_AFTER_PROBLEM = timedelta(minutes=1)
"""How long a list is not read again after ServiceDesk Plus did not give it."""
KEEP = timedelta(hours=12)
"""How long a list is kept. An older one would show requests that others work on by now."""
MOST_TECHNICIANS = 2000
_LISTS = "requests of technicians"


@value_class
class KnownAssigned:
    """What is known about one technician's requests. ``problem`` says why the last try to read them failed.

    ``read_at`` is None if they were never read. They are not read again before ``retry_at``.
    """

    assigned: AssignedRequests = field(default_factory=lambda: AssignedRequests(()))
    read_at: datetime | None = None
    problem: Text | None = None
    retry_at: datetime | None = None


class AssignedRequestLists:
    """Reads the requests of technicians, and keeps the lists in memory. Each process has its own lists."""

    def __init__(self, servicedesk: ServiceDesk, clock: Clock) -> None:
        self._servicedesk = servicedesk
        self._clock = clock
        self._lists: dict[Email, KnownAssigned] = {}
        self._left_alone = LeftAlone(clock)

    def find(self, technician: Email) -> KnownAssigned | None:
        """Return what is known about a technician's requests. None if nobody has tried to read them lately."""
        known = self._lists.get(technician)
        if known is None or known.read_at is None or self._clock() - known.read_at < KEEP:
            return known
        return replace(known, assigned=AssignedRequests(()), read_at=None)

    def is_due(self, technician: Email, older_than: timedelta) -> bool:
        """Whether a technician's list is to be read: it is older than that, and ServiceDesk Plus may be asked again."""
        known = self.find(technician)
        if known is None:
            return True
        if known.retry_at is not None:
            return known.retry_at <= self._clock()
        return known.read_at is None or self._clock() - known.read_at >= older_than

    async def read(self, technician: Email) -> None:
        """Read a technician's list. Raises nothing: after a problem the older list stays, with the reason."""
        asked_at = self._clock()
        try:
            assigned = await self._ask(technician)
        except BotError as error:
            known = self.find(technician) or KnownAssigned()
            retry_at = self._clock() + pause_after(error, PAUSE_AFTER_PROBLEM)
            answer = replace(known, problem=error.text, retry_at=retry_at)
        else:
            answer = KnownAssigned(assigned, asked_at)
        known_now = self.find(technician)
        # Two homes of one technician may read at once. The answer to the later call is the newer one.
        if known_now is None or known_now.read_at is None or known_now.read_at <= asked_at:
            self._store(technician, answer)

    async def _ask(self, technician: Email) -> AssignedRequests:
        # ServiceDesk Plus limits the calls of the whole bot, and technicians' commands need them more.
        remaining = self._left_alone.remaining(_LISTS)
        if remaining:
            raise Unavailable(
                _("ServiceDesk Plus accepts no more calls for some minutes: there were too many."),
                retry_after=remaining,
            )
        with self._left_alone.asking(_LISTS):
            return await self._servicedesk.assigned_requests(technician)

    def _store(self, technician: Email, known: KnownAssigned) -> None:
        # The list that was stored longest ago is the first to go.
        self._lists.pop(technician, None)
        self._lists[technician] = known
        while len(self._lists) > MOST_TECHNICIANS:
            del self._lists[next(iter(self._lists))]
