"""What ServiceDesk Plus answered: its envelope, and the single fields inside."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from adapters.http import Response
from adapters.servicedesk.errors import unreadable
from bot.model.sanitize import sanitize
from bot.model.secret import Secret

Payload = dict[str, Any]

_DONE = frozenset({200, 2000})
_PARTLY_DONE = 3000
_NOT_ALLOWED = 4002
_UNKNOWN_VALUE = 4001
_UNKNOWN_ADDRESS = 4007
_BROKEN = 4004
_TOO_MANY = 4015
_BAD_TOKEN = 4022
_FAILED_FROM = 4000
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. ``codes`` are all status codes of its envelope, outer and inner ones.

    The codes: ServiceDesk Plus API documentation, Common Error Codes. ``payload`` is None where it is no JSON object;
    ``is_confirmed`` is true where the envelope itself tells of success; ``retry_after`` is in seconds.
    """

    status: int
    payload: Payload | None
    codes: frozenset[int]
    is_failed: bool
    is_confirmed: bool
    reason: str
    retry_after: float | None

    @property
    def is_rate_limited(self) -> bool:
        """Whether there were too many calls: 4015, with status 400 too (seen in production traffic), or a bare 429."""
        return _TOO_MANY in self.codes or self.status == HTTPStatus.TOO_MANY_REQUESTS

    @property
    def refuses_token(self) -> bool:
        """Whether the token is the trouble: too old, revoked, or without the scope (seen in production traffic)."""
        return self.status == HTTPStatus.UNAUTHORIZED or _BAD_TOKEN in self.codes

    @property
    def is_broken(self) -> bool:
        """Whether it is an error on ServiceDesk Plus's side, or a time-out on the way."""
        late = self.status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}
        return late or self.status >= HTTPStatus.INTERNAL_SERVER_ERROR or _BROKEN in self.codes

    @property
    def is_refusal(self) -> bool:
        """Whether the call was understood and refused, whatever the HTTP status says."""
        client_error = HTTPStatus.BAD_REQUEST <= self.status < HTTPStatus.INTERNAL_SERVER_ERROR
        return client_error or self.is_failed

    @property
    def is_forbidden(self) -> bool:
        """Whether the role of the bot's account forbids it."""
        return self.status == HTTPStatus.FORBIDDEN or _NOT_ALLOWED in self.codes

    @property
    def is_missing(self) -> bool:
        """Whether there is nothing at this address."""
        return self.status == HTTPStatus.NOT_FOUND or _UNKNOWN_ADDRESS in self.codes

    @property
    def names_nothing(self) -> bool:
        """Whether the id in the address belongs to nothing."""
        return self.is_missing or (self.is_refusal and _UNKNOWN_VALUE in self.codes)

    @property
    def is_done(self) -> bool:
        """Whether the call was carried out, wholly."""
        is_success = HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES
        return is_success and bool(self.payload) and not self.is_failed and self.codes <= _DONE

    @property
    def is_partly_done(self) -> bool:
        """Whether only a part was applied (seen in production traffic)."""
        return _PARTLY_DONE in self.codes


def read(response: Response, token: Secret) -> Answer:
    """Read an answer. Should it quote the access token, that is blotted out first."""
    payload = _payload(response.text.replace(token.reveal(), "***") if token else response.text)
    envelope = list(_statuses(payload))
    codes = frozenset(code for one in envelope if (code := _code(one)) is not None)
    said_failed = any(text(one, "status").lower() in {"failed", "failure"} for one in envelope)
    retry_after = response.headers.get("Retry-After", "").strip()
    return Answer(
        response.status_code,
        payload,
        codes,
        said_failed or any(code >= _FAILED_FROM for code in codes),
        bool(codes & _DONE) or any(text(one, "status").lower() == "success" for one in envelope),
        _reason(envelope),
        float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None,
    )


def _payload(written: str) -> Payload | None:
    try:
        value = json.loads(written.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _statuses(payload: Payload | None) -> Iterator[Payload]:
    """Yield the parts of the envelope: an object, or on lists an array of them (seen in production traffic)."""
    told = (payload or {}).get("response_status")
    for one in told if isinstance(told, list) else [told]:
        if isinstance(one, dict):
            yield one
            messages = one.get("messages")
            yield from (
                inner for inner in (messages if isinstance(messages, list) else []) if isinstance(inner, dict)
            )


def _code(status: Payload) -> int | None:
    code = text(status, "status_code")
    return int(code) if code.isascii() and code.isdigit() else None


def _reason(envelope: list[Payload]) -> str:
    """Join what it says in words with the fields it means; some codes come with a field alone."""
    parts = []
    for one in envelope:
        fields = one.get("fields")
        named = [text(one, "field"), *(map(str, fields) if isinstance(fields, list) else [])]
        words = [text(one, "message"), ", ".join(name for name in named if name)]
        parts.append(": ".join(word for word in words if word))
    return "; ".join(part for part in parts if part)[:_LONGEST_REASON]


def text(payload: Payload, name: str) -> str:
    """Return a field as text that can be shown, empty where there is none. A number that is an id stays exact."""
    value = payload.get(name)
    if isinstance(value, str):
        return sanitize(value).strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def part(payload: Payload, *names: str) -> Payload:
    """Return the first object of these names, empty where there is none."""
    return next((payload[name] for name in names if isinstance(payload.get(name), dict)), {})


def rows(payload: Payload, *names: str) -> list[Payload]:
    """Return the list of one of these names. Raises Unavailable: a list that is missing is not one that is empty."""
    listed = next((payload[name] for name in names if name in payload), None)
    if not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
        raise unreadable(writes=False)
    return listed
