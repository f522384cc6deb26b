"""One response of the Bot Connector, and the error to raise for it. Nothing about its form is trusted."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from adapters.retry_after import parse_retry_after
from bot.errors import BotError, OutcomeUnknown, Rejected, Unavailable
from bot.i18n import _
from bot.values import field, value_class

RETRYABLE = frozenset(
    {
        HTTPStatus.PRECONDITION_FAILED,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""Statuses that Microsoft asks bots to retry after a pause (Teams, status codes of bot APIs; 429: Teams, rate limits)."""
_TRANSIENT = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, *RETRYABLE})
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,60}", re.ASCII)
_TOO_LARGE = "MessageSizeTooBig"


class TeamsRejected(Rejected):
    """Teams refused a call. ``code`` and ``sub_code`` are its reason, empty if it gives none.

    A 403 with the sub-code ``MessageWritesBlocked`` (or the code ``ConversationBlockedByUser``) means that the person
    has blocked or removed the bot; ``BotNotInConversationRoster``, that the bot has to be added there first.
    """

    def __init__(self, status: int, code: str = "", sub_code: str = "") -> None:
        super().__init__(
            _("Microsoft Teams refused it ({code}).", code=sub_code or code or f"HTTP {int(status)}")
        )
        self.status = int(status)
        self.code = code
        self.sub_code = sub_code


@value_class
class ApiResponse:
    """A status and its body. ``payload`` is None where the body is not a JSON object; no body counts as an empty object.

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
        """The error code (Bot Connector API reference, ErrorResponse). HTML error pages have none."""
        if self.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return _TOO_LARGE
        return _code(_error_object(self.payload).get("code"))

    @property
    def sub_code(self) -> str:
        """The second code of a 403. It was seen beside the code, at the top, and in JSON inside the message."""
        error = _error_object(self.payload)
        for holder in (error, self.payload or {}, _json_object(str(error.get("message", "")))):
            found = _code((holder or {}).get("subCode"))
            if found:
                return found
        return ""

    def error(self, *, writes: bool) -> BotError | None:
        """Return the error to raise, or None for a success. ``writes``: a repeat would do it twice."""
        if self.is_success:
            return unreadable_response(writes=writes) if self.payload is None else None
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            text = _("Microsoft Teams accepts no more calls for now: there were too many.")
            return Unavailable(text, retry_after=self.retry_after)
        if self.status >= HTTPStatus.INTERNAL_SERVER_ERROR or self.status in _TRANSIENT:
            text = _("Microsoft Teams reports an error on its side.")
            return Unavailable(text, retry_after=self.retry_after)
        if self.status >= HTTPStatus.BAD_REQUEST:
            return TeamsRejected(self.status, self.code, self.sub_code)
        return unreadable_response(writes=False)


def read_response(status: int, retry_after: str, body: bytes) -> ApiResponse:
    """Read a response."""
    return ApiResponse(
        status, _json_object(body) if body.strip() else {}, parse_retry_after(retry_after.strip())
    )


def no_response(*, writes: bool) -> Unavailable:
    """Return the error for a call without a response. ``writes``: it may have been done, and a repeat would do it twice."""
    return _not_confirmed() if writes else Unavailable(_("Microsoft Teams does not answer."))


def unreadable_response(*, writes: bool) -> Unavailable:
    """Return the error for a response that the API does not give: a proxy's page, half a body."""
    return (
        _not_confirmed() if writes else Unavailable(_("Microsoft Teams gave an answer that cannot be read."))
    )


def _not_confirmed() -> OutcomeUnknown:
    return OutcomeUnknown(_("Microsoft Teams has not confirmed it: it may have been done."))


def _json_object(encoded: bytes | str) -> dict[str, Any] | None:
    try:
        value = json.loads(encoded)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _error_object(payload: Mapping[str, Any] | None) -> Mapping[str, Any]:
    error = (payload or {}).get("error")
    return error if isinstance(error, dict) else {}


def _code(value: Any) -> str:
    return value if isinstance(value, str) and _CODE.fullmatch(value) else ""
