"""The JSON format of TeamViewer's API: errors, request bodies, dates and flags."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from aiohttp import web

Payload = dict[str, object]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ApiError(Exception):
    """An error with TeamViewer's error body: TeamViewer API documentation 2023-03, p. 111."""

    def __init__(self, status: int, error: str, description: str, **headers: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description
        self.headers = headers

    def to_response(self) -> web.Response:
        """Return the HTTP response. The numbers of ``error_code`` are unpublished."""
        body = {"error": self.error, "error_description": self.description, "error_code": 1}
        headers = {name.replace("_", "-"): value for name, value in self.headers.items()}
        return web.json_response(body, status=self.status, headers=headers)


class PlainTextError(Exception):
    """An error in plain text, as the licence limit is in production traffic."""


def invalid_request(description: str) -> ApiError:
    """Return the error for a missing, malformed or unknown parameter."""
    return ApiError(400, "invalid_request", description)


def not_found(description: str) -> ApiError:
    """Return the error for a missing object. For a session code it is undocumented, assumed."""
    return ApiError(404, "not_found", description)


def rate_limited(status: int = 403) -> ApiError:
    """Return the rate-limit error: TeamViewer API documentation 2023-03, p. 111. A 429 has ``Retry-After``."""
    headers = {"Retry_After": "60"} if status == 429 else {}  # noqa: PLR2004 - an HTTP status
    return ApiError(status, "rate_limit_reached", "The rate limit of this function is reached.", **headers)


def server_error() -> ApiError:
    """Return the error for an internal failure of TeamViewer."""
    return ApiError(500, "internal_error", "An internal error occurred.")


@web.middleware
async def error_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Convert errors to responses. An unknown API path is ``not_found``, too, as seen in production traffic."""
    try:
        return await handler(request)
    except ApiError as error:
        return error.to_response()
    except PlainTextError as refusal:
        return web.Response(text=str(refusal), status=400)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        if request.path.startswith("/api/"):
            return not_found("There is no such function.").to_response()
        raise


async def read_json_object(request: web.Request) -> Payload:
    """Return the JSON object of a request without its null values. Raises ApiError."""
    if request.content_type != "application/json":
        raise invalid_request("The content type must be application/json.")
    try:
        body = await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise invalid_request("The body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise invalid_request("The body must be a JSON object.")
    return {name: value for name, value in body.items() if value is not None}


def format_date(moment: datetime) -> str:
    """Format a time in UTC, without fractions of a second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_date(text: object, field: str) -> datetime:
    """Parse a date, with or without a time. Raises ApiError."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise invalid_request(f"{field} is not a date.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def parse_flag(text: str, field: str) -> bool:
    """Parse ``true`` or ``false`` in a query. Raises ApiError."""
    if text.lower() not in {"true", "false"}:
        raise invalid_request(f"{field} must be true or false.")
    return text.lower() == "true"


def check_names(names: set[str], known: frozenset[str]) -> None:
    """Check that the call accepts these parameter names. Raises ApiError."""
    if unknown := sorted(names - known):
        raise invalid_request(f"Unknown parameter: {unknown[0]}.")
