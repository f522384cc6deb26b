"""Read a response of ServiceDesk Plus: the HTTP status, and the status codes inside the body."""

import json
from collections.abc import Iterator
from http import HTTPStatus

from adapters.http import Response
from adapters.retry_after import parse_retry_after
from adapters.servicedesk.fields import Payload, text_field
from bot.model.secret import Secret
from bot.values import value_class

_SUCCESS_CODES = frozenset({200, 2000})
_PARTIAL_SUCCESS = 3000
_NOT_ALLOWED = 4002
_UNKNOWN_VALUE = 4001
_UNKNOWN_PATH = 4007
_INTERNAL_ERROR = 4004
_MISSING_VALUE = 4012
_TOO_MANY_CALLS = 4015
_TOKEN_REFUSED = 4022
_FIRST_ERROR_CODE = 4000
_REASON_LENGTH = 200


@value_class
class ApiResponse:
    """A response. ``codes`` are all status codes in its ``response_status``, outer and inner ones.

    The codes: ServiceDesk Plus API documentation, Common Error Codes. ``payload`` is None if the body is not a JSON
    object. ``has_error_code``: a code or status in ``response_status`` says failure. ``has_success_status``: one says
    success. ``named_fields`` are the fields that its messages name. ``retry_after`` is in seconds.

    ``is_success`` needs no ``response_status``, because some reads have none. A write counts only with
    ``has_success_status``. ``is_refusal`` means that nothing was done.
    """

    status: int
    payload: Payload | None
    codes: frozenset[int]
    has_error_code: bool
    has_success_status: bool
    reason: str
    named_fields: frozenset[str]
    retry_after: float | None

    @property
    def is_rate_limited(self) -> bool:
        """Whether there were too many calls: code 4015, which may come with status 400 (seen in production traffic), or status 429."""
        return _TOO_MANY_CALLS in self.codes or self.status == HTTPStatus.TOO_MANY_REQUESTS

    @property
    def refuses_token(self) -> bool:
        """Whether the token is refused: expired, revoked, or without the scope (seen in production traffic)."""
        return self.status == HTTPStatus.UNAUTHORIZED or _TOKEN_REFUSED in self.codes

    @property
    def is_server_error(self) -> bool:
        """Whether it is an error of ServiceDesk Plus itself, or the call timed out before it was handled."""
        is_timeout = self.status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}
        return is_timeout or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR or _INTERNAL_ERROR in self.codes

    @property
    def is_refusal(self) -> bool:
        """Whether the call was understood and refused, whatever the HTTP status says."""
        is_client_error = HTTPStatus.BAD_REQUEST <= self.status < HTTPStatus.INTERNAL_SERVER_ERROR
        return is_client_error or self.has_error_code

    @property
    def is_forbidden(self) -> bool:
        """Whether the role of the bot's account forbids the call."""
        return self.status == HTTPStatus.FORBIDDEN or _NOT_ALLOWED in self.codes

    @property
    def is_path_not_found(self) -> bool:
        """Whether the URL has no resource: status 404, or code 4007."""
        return self.status == HTTPStatus.NOT_FOUND or _UNKNOWN_PATH in self.codes

    @property
    def has_unknown_value(self) -> bool:
        """Whether the call was refused because something that it names does not exist: code 4001."""
        return self.is_refusal and _UNKNOWN_VALUE in self.codes

    @property
    def is_id_not_found(self) -> bool:
        """Whether the id in the path does not exist. ServiceDesk Plus may also reject it as an unknown value."""
        return self.is_path_not_found or self.has_unknown_value

    @property
    def misses_value(self) -> bool:
        """Whether the named fields are mandatory and were empty or absent."""
        return _MISSING_VALUE in self.codes

    @property
    def is_success(self) -> bool:
        """Whether the call was carried out completely. An empty body proves nothing."""
        is_http_success = HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES
        return (
            is_http_success
            and bool(self.payload)
            and not self.has_error_code
            and self.codes <= _SUCCESS_CODES
        )

    @property
    def is_partial_success(self) -> bool:
        """Whether only a part was applied (seen in production traffic)."""
        return _PARTIAL_SUCCESS in self.codes


def read_response(response: Response, token: Secret) -> ApiResponse:
    """Read an HTTP response. The access token is masked in it, in case the body quotes it."""
    payload = _parse_object(response.text.replace(token.reveal(), "***") if token else response.text)
    statuses = list(_iterate_statuses(payload))
    codes = frozenset(code for status in statuses if (code := _status_code(status)) is not None)
    status_names = {text_field(status, "status").lower() for status in statuses}
    retry_after = response.headers.get("Retry-After", "").strip()
    return ApiResponse(
        response.status_code,
        payload,
        codes,
        not status_names.isdisjoint({"failed", "failure"})
        or any(code >= _FIRST_ERROR_CODE for code in codes),
        bool(codes & _SUCCESS_CODES) or "success" in status_names,
        _join_reasons(statuses),
        frozenset(name for status in statuses for name in _named_fields(status)),
        parse_retry_after(retry_after),
    )


def _parse_object(body: str) -> Payload | None:
    try:
        value = json.loads(body.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _iterate_statuses(payload: Payload | None) -> Iterator[Payload]:
    """Yield each status in ``response_status``, then its messages.

    ``response_status`` is an object, or for lists an array of objects (seen in production traffic).
    """
    response_status = (payload or {}).get("response_status")
    for status in response_status if isinstance(response_status, list) else [response_status]:
        if isinstance(status, dict):
            yield status
            messages = status.get("messages")
            for message in messages if isinstance(messages, list) else []:
                if isinstance(message, dict):
                    yield message


def _status_code(status: Payload) -> int | None:
    code = text_field(status, "status_code")
    return int(code) if code.isascii() and code.isdigit() else None


def _named_fields(status: Payload) -> list[str]:
    """Return the fields that a status names, in ``field`` or ``fields`` (both seen in production traffic)."""
    fields = status.get("fields")
    names = [text_field(status, "field"), *(map(str, fields) if isinstance(fields, list) else [])]
    return [name for name in names if name]


def _join_reasons(statuses: list[Payload]) -> str:
    """Join the messages with the names of the fields they refer to. Some errors name a field and have no message."""
    reasons = []
    for status in statuses:
        parts = [text_field(status, "message"), ", ".join(_named_fields(status))]
        reasons.append(": ".join(part for part in parts if part))
    return "; ".join(reason for reason in reasons if reason)[:_REASON_LENGTH]
