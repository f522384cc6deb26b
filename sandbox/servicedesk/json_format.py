"""The JSON format of ServiceDesk Plus: errors, responses and ``input_data``."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

Payload = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SUCCESS = {"status_code": 2000, "status": "success"}
_HTTP_STATUS = {
    4001: 400,
    4002: 403,
    4004: 500,
    4007: 404,
    4012: 400,
    4015: 400,
    4016: 400,
    4021: 400,
    4022: 401,
}


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint of the API. ``module`` names the OAuth scope it needs. An empty one needs none."""

    method: str
    path: str
    name: str
    module: str
    handler: Handler


class ApiError(Exception):
    """An API error. ``code`` is ServiceDesk Plus's own; it determines the HTTP status unless ``status`` is given."""

    def __init__(self, code: int, *, status: int | None = None, **details: object) -> None:
        super().__init__(f"{code} {details}")
        self._message = {"status_code": code, "type": "failed", **details}
        self._status = status or _HTTP_STATUS[code]

    def to_response(self) -> web.Response:
        """Return the HTTP response, in the format of the API's documentation of error codes."""
        response_status = {"status_code": 4000, "status": "failed", "messages": [self._message]}
        return web.json_response({"response_status": response_status}, status=self._status)


def invalid(field: str, message: str = "Invalid Input") -> ApiError:
    """Return the error for a value that does not exist or cannot be set."""
    return ApiError(4001, field=field, message=message)


def extra_key(field: str) -> ApiError:
    """Return the error for an unknown key. The text is from production traffic, its place in the body assumed."""
    return ApiError(4001, field=field, message="EXTRA_KEY_FOUND_IN_JSON")


def mandatory(*fields: str) -> ApiError:
    """Return the error for missing fields."""
    return ApiError(4012, fields=list(fields))


def wrong_type(field: str) -> ApiError:
    """Return the error for a value of the wrong type."""
    return ApiError(4021, field=field, message="Data type mismatch")


def not_found() -> ApiError:
    """Return the error for an unknown id or portal, as seen in production traffic."""
    return ApiError(4007, message="Invalid URL")


def missing_scope() -> ApiError:
    """Return the error for a token without the scope: 401 as in production traffic, the body undocumented, assumed."""
    return ApiError(4002, status=401, message="UNAUTHORISED")


def throttled(status: int) -> ApiError:
    """Return the rate-limit error: 429 in the documentation, 400 in production traffic."""
    return ApiError(4015, status=status, message="API rate limit reached")


def server_error() -> ApiError:
    """Return the error for an internal failure of ServiceDesk Plus."""
    return ApiError(4004, message="Internal Error")


def build_entity_response(key: str, payload: Payload, status: int = 200) -> web.Response:
    """Return one entity. Its ``response_status`` is an object, as seen in production traffic."""
    return web.json_response({key: payload, "response_status": SUCCESS}, status=status)


def build_html_page(status: int, title: str) -> web.Response:
    """Return an HTML page where a program expects JSON."""
    text = f"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return web.Response(text=text, status=status, content_type="text/html")


@web.middleware
async def error_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Convert errors to responses."""
    try:
        return await handler(request)
    except ApiError as error:
        return error.to_response()
