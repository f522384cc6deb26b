"""Read a response of TeamViewer's Web API. Its form is checked, not trusted."""

import json
import re
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from adapters.http import Response
from adapters.retry_after import parse_retry_after
from bot.model.ids import SessionCode
from bot.model.secret import Secret
from bot.values import field, value_class

Payload = dict[str, Any]

_ERROR_NAME = re.compile(r"[a-z_]{1,40}")
_RATE_LIMIT = re.compile(r"rate.?limit", re.IGNORECASE)
_CODE_AT_END = re.compile(r"/s(\d{1,3}(?:-\d{3}){2,3}|\d{7,12})(?:-[A-Za-z0-9]{12})?/?$")
_TOKEN_ERRORS = frozenset({"token_expired", "invalid_token"})
_LICENCE = re.compile(r"licen[sc]", re.IGNORECASE)
_REASON_LENGTH = 200


@value_class
class ApiResponse:
    """A response: its status, body and the headers that matter.

    ``payload`` is None if the body is not a JSON object. An empty body counts as an empty object.
    ``retry_after`` is in seconds.
    """

    status: int
    payload: Payload | None = field(repr=False)
    text: str = field(repr=False)
    location: str = field(default="", repr=False)
    retry_after: float | None = None

    @property
    def error(self) -> str:
        """The name of the error (TeamViewer API documentation 2023-03, p. 111). Empty if there is none."""
        name = str((self.payload or {}).get("error", "")).lower()
        return name if _ERROR_NAME.fullmatch(name) else ""

    @property
    def reason(self) -> str:
        """TeamViewer's explanation of a refusal, on one line of at most 200 characters. Empty for an HTML page."""
        explanation = (
            self.text if self.payload is None else str(self.payload.get("error_description") or self.error)
        )
        return "" if self.is_html_page else " ".join(explanation.split())[:_REASON_LENGTH]

    @property
    def names_licence(self) -> bool:
        """Whether it is a refusal whose explanation names a licence. Its status and its wording are undocumented.

        A missing feature of the licence was seen as a 500, too (TeamViewer's integration tests), so any status counts.
        """
        return self.is_refusal and _LICENCE.search(self.reason) is not None

    @property
    def is_html_page(self) -> bool:
        """Whether the body is an HTML page, for example of a proxy or about maintenance."""
        return self.payload is None and self.text.lstrip().startswith("<")

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def is_refusal(self) -> bool:
        """Whether the status is 4xx or 5xx."""
        return self.status >= HTTPStatus.BAD_REQUEST

    @property
    def is_rate_limited(self) -> bool:
        """Whether it is a 403 that says so (TeamViewer API documentation 2023-03, p. 111), or a 429 (undocumented, assumed)."""
        if self.status == HTTPStatus.FORBIDDEN:
            return _RATE_LIMIT.search(self.text) is not None
        return self.status == HTTPStatus.TOO_MANY_REQUESTS or self.error == "rate_limit_reached"

    @property
    def refuses_token(self) -> bool:
        """Whether it is a 401, or a 400 that names the token (seen in production traffic)."""
        if self.status == HTTPStatus.BAD_REQUEST:
            return self.error in _TOKEN_ERRORS
        return self.status == HTTPStatus.UNAUTHORIZED

    @property
    def is_not_found(self) -> bool:
        """Whether the object of the call does not exist (``not_found``: seen in production traffic)."""
        has_no_body = self.status == HTTPStatus.NOT_FOUND and not self.text.strip()
        return self.is_refusal and (self.error == "not_found" or has_no_body)

    @property
    def refuses_parameters(self) -> bool:
        """Whether it refuses what the call names: an unknown or closed code, perhaps (undocumented, assumed)."""
        return self.is_refusal and self.error == "invalid_request" and not self.names_licence

    @property
    def created_code(self) -> SessionCode | None:
        """The session code at the end of ``Location`` (the header: TeamViewer API documentation 2023-03, p. 43).

        Missing dashes are added, because paths with a code were only seen with dashes.
        """
        match = None if self.is_refusal else _CODE_AT_END.search(urlsplit(self.location).path)
        return SessionCode("s" + _insert_dashes(match[1].replace("-", ""))) if match else None


def _insert_dashes(digits: str) -> str:
    """Return ``12-345-678`` for ``12345678``: groups of three, from the right."""
    head = len(digits) % 3 or 3
    groups = [digits[:head], *(digits[start : start + 3] for start in range(head, len(digits), 3))]
    return "-".join(groups)


def read_response(response: Response, token: Secret | None) -> ApiResponse:
    """Read an HTTP response. The access token is masked in it, in case the body quotes it."""
    text = response.text
    if token:
        text = text.replace(token.reveal(), "***")
    headers = response.headers
    return ApiResponse(
        response.status_code,
        _parse_object(text),
        text,
        headers.get("Location", ""),
        parse_retry_after(headers.get("Retry-After", "").strip()),
    )


def _parse_object(text: str) -> Payload | None:
    if not text.strip():
        return {}
    try:
        value = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
