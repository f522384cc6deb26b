"""The JSON format of requests and errors of the Bot Framework and of Microsoft Entra ID, and the record of calls."""

import json
import uuid
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox.teams.model import Json
from sandbox.teams.state import RecordedCall, TeamsState


class ApiError(Exception):
    """An error in the Bot Framework's format. Some Teams errors also have a ``sub_code``."""

    def __init__(
        self, status: int, code: str, message: str, *, sub_code: str = "", retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.sub_code = sub_code
        self.retry_after = retry_after

    def to_response(self) -> web.Response:
        """Return the HTTP response."""
        error: Json = {"code": self.code, "message": str(self)}
        if self.sub_code:
            error["subCode"] = self.sub_code
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return web.json_response({"error": error}, status=self.status, headers=headers)


class TokenError(Exception):
    """An error in Entra ID's format, with its documented AADSTS number."""

    def __init__(self, status: int, error: str, number: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.number = number

    def to_response(self, timestamp: str) -> web.Response:
        """Return the HTTP response."""
        trace_id, correlation_id = str(uuid.uuid4()), str(uuid.uuid4())
        body = {
            "error": self.error,
            "error_description": f"AADSTS{self.number}: {self} Trace ID: {trace_id} "
            f"Correlation ID: {correlation_id} Timestamp: {timestamp}",
            "error_codes": [self.number],
            "timestamp": timestamp,
            "trace_id": trace_id,
            "correlation_id": correlation_id,
            "error_uri": f"https://login.microsoftonline.com/error?code={self.number}",
        }
        return web.json_response(body, status=self.status)


def bad_syntax(message: str) -> ApiError:
    """Return the error for a malformed request or an invalid card."""
    return ApiError(400, "BadSyntax", message)


def rate_limited(seconds: int) -> ApiError:
    """Return the error for too many requests. The code's name is undocumented, assumed."""
    return ApiError(429, "Throttled", "Too many requests.", retry_after=seconds)


def build_recording_middleware(state: TeamsState) -> Middleware:
    """Return the middleware that converts errors to responses and records every call."""

    @web.middleware
    async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except ApiError as refusal:
            response = refusal.to_response()
        except TokenError as refusal:
            response = refusal.to_response(f"{state.now():%Y-%m-%d %H:%M:%SZ}")
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as missing:
            response = ApiError(missing.status, "BadArgument", "There is no such operation.").to_response()
        state.calls.append(RecordedCall(request.match_info.route.name or request.path, response.status))
        state.changes.notify()
        return response

    return record


async def read_json_object(request: web.Request) -> Json:
    """Return the JSON object of a request. Raises ApiError."""
    if request.content_type != "application/json":
        raise ApiError(415, "BadSyntax", "The content type must be application/json.")
    try:
        # Python's parser accepts NaN and Infinity, which are not JSON.
        body: Any = json.loads(await request.text(), parse_constant=_reject_constant)
    except (ValueError, RecursionError):
        raise bad_syntax("The body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise bad_syntax("The body must be a JSON object.")
    return body


def _reject_constant(constant: str) -> Any:
    raise ValueError(constant)
