"""One answer of TeamViewer's Web API, read without trust in its form."""

import json
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from adapters.http import Response
from adapters.retry_after import parse_retry_after
from bot.model.ids import SessionCode
from bot.model.secret import Secret

Payload = dict[str, Any]

_ERROR_NAME = re.compile(r"[a-z_]{1,40}")
_RATE_LIMIT = re.compile(r"rate.?limit", re.IGNORECASE)
_CODE_AT_END = re.compile(r"/s(\d{1,3}(?:-\d{3}){2,3}|\d{7,12})(?:-[A-Za-z0-9]{12})?/?$")
_TOKEN_ERRORS = frozenset({"token_expired", "invalid_token"})
_REASON_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and what came with it.

    ``payload`` is None where the body is not a JSON object; an empty body counts as an empty object.
    ``retry_after`` is in seconds.
    """

    status: int
    payload: Payload | None = field(repr=False)
    text: str = field(repr=False)
    location: str = field(default="", repr=False)
    retry_after: float | None = None

    @property
    def error(self) -> str:
        """The error's name (TeamViewer API documentation 2023-03, p. 111), or nothing where none is given."""
        name = str((self.payload or {}).get("error", "")).lower()
        return name if _ERROR_NAME.fullmatch(name) else ""

    @property
    def reason(self) -> str:
        """What TeamViewer says about a refusal, on one short line; nothing where it answers with a page."""
        said = self.text if self.payload is None else str(self.payload.get("error_description") or self.error)
        return "" if self.is_page else " ".join(said.split())[:_REASON_LENGTH]

    @property
    def is_page(self) -> bool:
        """Whether it is a page for people, as of a proxy or a maintenance notice."""
        return self.payload is None and self.text.lstrip().startswith("<")

    @property
    def is_success(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def is_refusal(self) -> bool:
        return self.status >= HTTPStatus.BAD_REQUEST

    @property
    def is_rate_limited(self) -> bool:
        """A 403 named so (TeamViewer API documentation 2023-03, p. 111), or a 429 (undocumented, assumed)."""
        if self.status == HTTPStatus.FORBIDDEN:
            return _RATE_LIMIT.search(self.text) is not None
        return self.status == HTTPStatus.TOO_MANY_REQUESTS or self.error == "rate_limit_reached"

    @property
    def refuses_token(self) -> bool:
        """A 401, or a 400 that names the token (seen in production traffic)."""
        if self.status == HTTPStatus.BAD_REQUEST:
            return self.error in _TOKEN_ERRORS
        return self.status == HTTPStatus.UNAUTHORIZED

    @property
    def is_unknown(self) -> bool:
        """Whether what the call was about does not exist (``not_found``: seen in production traffic)."""
        is_bare = self.status == HTTPStatus.NOT_FOUND and not self.text.strip()
        return self.is_refusal and (self.error == "not_found" or is_bare)

    @property
    def created_code(self) -> SessionCode | None:
        """The code at the end of ``Location`` (the header: TeamViewer API documentation 2023-03, p. 43).

        Dashes are put in where they are missing: only dashed codes were seen in a path.
        """
        found = None if self.is_refusal else _CODE_AT_END.search(urlsplit(self.location).path)
        return SessionCode("s" + _dashed(found[1].replace("-", ""))) if found else None


def _dashed(digits: str) -> str:
    head = len(digits) % 3 or 3
    return "-".join([digits[:head], *(digits[at : at + 3] for at in range(head, len(digits), 3))])


def read(response: Response, token: Secret | None) -> Answer:
    """Read an answer. Should it quote the access token, that is blotted out first."""
    text = response.text
    if token:
        text = text.replace(token.reveal(), "***")
    headers = response.headers
    return Answer(
        response.status_code,
        _payload(text),
        text,
        headers.get("Location", ""),
        parse_retry_after(headers.get("Retry-After", "").strip()),
    )


def _payload(text: str) -> Payload | None:
    if not text.strip():
        return {}
    try:
        value = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
