"""The JSON format of ServiceDesk Plus: errors, responses and ``input_data``."""

import json
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

    def response(self) -> web.Response:
        """Return the HTTP response, in the format of the API's documentation of error codes."""
        outcome = {"status_code": 4000, "status": "failed", "messages": [self._message]}
        return web.json_response({"response_status": outcome}, status=self._status)


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


def throttled(status: int) -> ApiError:
    """Return the rate-limit error: 429 in the documentation, 400 in production traffic."""
    return ApiError(4015, status=status, message="API rate limit reached")


def server_error() -> ApiError:
    """Return the error for an internal failure of ServiceDesk Plus."""
    return ApiError(4004, message="Internal Error")


def entity_response(key: str, payload: Payload, status: int = 200) -> web.Response:
    """Return one entity. Its ``response_status`` is an object, as seen in production traffic."""
    return web.json_response({key: payload, "response_status": SUCCESS}, status=status)


def html_page(status: int, title: str) -> web.Response:
    """Return an HTML page where a program expects JSON."""
    text = f"<!doctype html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return web.Response(text=text, status=status, content_type="text/html")


@web.middleware
async def error_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Convert errors to responses."""
    try:
        return await handler(request)
    except ApiError as error:
        return error.response()


def _parse_input(text: object) -> Payload:
    try:
        sent = json.loads(str(text))
    except ValueError:
        raise invalid("input_data", "Invalid JSON") from None
    if not isinstance(sent, dict):
        raise wrong_type("input_data")
    return sent


def read_query_input(request: web.Request) -> Payload:
    """Return ``input_data`` of a GET, from the query. Raises ApiError."""
    return _parse_input(request.query.get("input_data", "{}"))


async def read_entity(request: web.Request, key: str, known: frozenset[str]) -> Payload:
    """Return the entity of a POST or PUT, from ``input_data`` in the form. Raises ApiError."""
    sent = _parse_input((await request.post()).get("input_data", "{}"))
    _check_keys(sent, frozenset({key}))
    if key not in sent:
        raise mandatory(key)
    fields = sent[key]
    if not isinstance(fields, dict):
        raise wrong_type(key)
    _check_keys(fields, known)
    return fields


def _check_keys(sent: Payload, known: frozenset[str]) -> None:
    for key in sent:
        if key not in known:
            raise extra_key(key)


def required_text(fields: Payload, name: str) -> str:
    """Return a required text. Raises ApiError."""
    value = fields.get(name)
    if value is None or value == "":
        raise mandatory(name)
    if not isinstance(value, str):
        raise wrong_type(name)
    return value


def read_flag(fields: Payload, name: str, *, default: bool = False) -> bool:
    """Return a boolean. Raises ApiError."""
    value = fields.get(name, default)
    if not isinstance(value, bool):
        raise wrong_type(name)
    return value
