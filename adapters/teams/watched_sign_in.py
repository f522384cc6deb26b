"""Announce to the SDAdmins that Microsoft refuses the bot's sign-in, or that its secret ends soon."""

from datetime import date

from adapters.credential_watch import Credential, CredentialWatch
from adapters.teams.transport.token_sources import FreshToken, TokenSource
from bot.errors import Rejected
from bot.i18n import _

CLIENT_SECRET = _("The client secret of the Teams app")


class WatchedSignIn:
    """Implements ``TokenSource``. ``last_day`` is that of the client secret, None if nobody has said it."""

    def __init__(self, source: TokenSource, watch: CredentialWatch, last_day: date | None) -> None:
        self._source = source
        self._watch = watch
        self._last_day = last_day

    async def fetch(self) -> FreshToken:
        """Return a new token. Raises Unavailable, Rejected."""
        if self._last_day is not None:
            self._watch.note_end(CLIENT_SECRET, "TVBOT_TEAMS_APP_PASSWORD", self._last_day)
        try:
            token = await self._source.fetch()
        except Rejected:
            self._watch.note(Credential.TEAMS, is_accepted=False)
            raise
        self._watch.note(Credential.TEAMS, is_accepted=True)
        return token
