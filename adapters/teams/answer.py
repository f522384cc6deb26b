"""One answer of the Bot Connector's, read without trust in its form, and what is raised for it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from adapters.retry_after import seconds_to_wait
from bot.errors import BotError, OutcomeUnknown, Rejected, Unavailable
from bot.i18n import _

PASSING = frozenset(
    {
        HTTPStatus.PRECONDITION_FAILED,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""What Microsoft asks bots to try again after a while (Teams, status codes of bot APIs; 429: Teams, rate limits)."""
_TRANSIENT = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, *PASSING})
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,60}", re.ASCII)
_TOO_LARGE = "MessageSizeTooBig"


class TeamsRejected(Rejected):
    """Teams said no. ``code`` and ``sub_code`` are its words for why, empty where it gives none.

    A 403 with the sub-code ``MessageWritesBlocked`` (or the code ``ConversationBlockedByUser``) means that the person
    has blocked or removed the bot; ``BotNotInConversationRoster``, that it has to be added there first.
    """

    def __init__(self, status: int, code: str = "", sub_code: str = "") -> None:
        super().__init__(
            _("Microsoft Teams refused it ({code}).", code=sub_code or code or f"HTTP {int(status)}")
        )
        self.status = int(status)
        self.code = code
        self.sub_code = sub_code


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and what came with it. ``payload`` is None where the body is no JSON object; no body is an empty one.

    ``retry_after`` is in seconds.
    """

    status: int
    payload: Mapping[str, Any] | None = field(repr=False)
    retry_after: float | None = None

    @property
    def is_success(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def code(self) -> str:
        """The error's name (Bot Connector API reference, ErrorResponse); pages for people have none."""
        if self.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return _TOO_LARGE
        return _word(_error(self.payload).get("code"))

    @property
    def sub_code(self) -> str:
        """The finer name that a 403 has: beside the code, at the top, or in JSON within the message (all seen)."""
        error = _error(self.payload)
        for holder in (error, self.payload or {}, _object(str(error.get("message", "")))):
            found = _word((holder or {}).get("subCode"))
            if found:
                return found
        return ""

    def trouble(self, *, writes: bool) -> BotError | None:
        """Return what to raise for it, None where it is a success. ``writes``: a repeat would do it twice."""
        if self.is_success:
            return unreadable(writes=writes) if self.payload is None else None
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            text = _("Microsoft Teams takes no more calls for now: there were too many.")
            return Unavailable(text, retry_after=self.retry_after)
        if self.status >= HTTPStatus.INTERNAL_SERVER_ERROR or self.status in _TRANSIENT:
            text = _("Microsoft Teams reports an error on its side.")
            return Unavailable(text, retry_after=self.retry_after)
        if self.status >= HTTPStatus.BAD_REQUEST:
            return TeamsRejected(self.status, self.code, self.sub_code)
        return unreadable(writes=False)


def read(status: int, retry_after: str, body: bytes) -> Answer:
    """Read an answer."""
    return Answer(status, _object(body) if body.strip() else {}, seconds_to_wait(retry_after.strip()))


def unanswered(*, writes: bool) -> Unavailable:
    """No answer came. ``writes``: it may have been done, and a repeat would do it twice."""
    return _not_confirmed() if writes else Unavailable(_("Microsoft Teams does not answer."))


def unreadable(*, writes: bool) -> Unavailable:
    """It answered something else than its API does: a page of a proxy, half an answer."""
    return (
        _not_confirmed() if writes else Unavailable(_("Microsoft Teams gave an answer that cannot be read."))
    )


def _not_confirmed() -> OutcomeUnknown:
    return OutcomeUnknown(_("Microsoft Teams has not confirmed it: it may have been done."))


def _object(written: bytes | str) -> dict[str, Any] | None:
    try:
        value = json.loads(written)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _error(payload: Mapping[str, Any] | None) -> Mapping[str, Any]:
    error = (payload or {}).get("error")
    return error if isinstance(error, dict) else {}


def _word(value: Any) -> str:
    return value if isinstance(value, str) and _CODE.fullmatch(value) else ""
