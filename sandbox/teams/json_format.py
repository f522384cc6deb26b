"""How the Bot Framework and the directory write answers and refusals, and the record of what they answered."""

import json
import uuid
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox.teams.model import Json
from sandbox.teams.state import RecordedCall, TeamsState


class ApiError(Exception):
    """A refusal in the Bot Framework's form. Where Teams has a ``sub_code``, it stands beside the code."""

    def __init__(
        self, status: int, code: str, message: str, *, sub_code: str = "", retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.sub_code = sub_code
        self.retry_after = retry_after

    def response(self) -> web.Response:
        """Return the answer."""
        error: Json = {"code": self.code, "message": str(self)}
        if self.sub_code:
            error["subCode"] = self.sub_code
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return web.json_response({"error": error}, status=self.status, headers=headers)


class TokenError(Exception):
    """A refusal in the form of Microsoft's directory, with the number that its documentation lists."""

    def __init__(self, status: int, error: str, number: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.number = number

    def response(self, timestamp: str) -> web.Response:
        """Return the answer."""
        trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
        told = {
            "error": self.error,
            "error_description": f"AADSTS{self.number}: {self} Trace ID: {trace} "
            f"Correlation ID: {correlation} Timestamp: {timestamp}",
            "error_codes": [self.number],
            "timestamp": timestamp,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://login.microsoftonline.com/error?code={self.number}",
        }
        return web.json_response(told, status=self.status)


def bad_syntax(message: str) -> ApiError:
    """Return the refusal of a request that is not well formed, or of a card that cannot be shown."""
    return ApiError(400, "BadSyntax", message)


def rate_limited(seconds: int) -> ApiError:
    """Return the refusal of one request too many. The code's name is undocumented, assumed."""
    return ApiError(429, "Throttled", "Too many requests.", retry_after=seconds)


def recorder(world: TeamsState) -> Middleware:
    """Return the middleware that turns refusals into answers, and keeps what was answered."""

    @web.middleware
    async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            answer = await handler(request)
        except ApiError as refusal:
            answer = refusal.response()
        except TokenError as refusal:
            answer = refusal.response(f"{world.now():%Y-%m-%d %H:%M:%SZ}")
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as missing:
            answer = ApiError(missing.status, "BadArgument", "There is no such operation.").response()
        world.calls.append(RecordedCall(request.match_info.route.name or request.path, answer.status))
        world.changes.touch()
        return answer

    return record


async def json_object(request: web.Request) -> Json:
    """Return the request's JSON object. Raises ApiError for anything else."""
    if request.content_type != "application/json":
        raise ApiError(415, "BadSyntax", "The content type must be application/json.")
    try:
        body: Any = json.loads(await request.text(), parse_constant=_not_json)
    except (ValueError, RecursionError):
        raise bad_syntax("The body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise bad_syntax("The body must be a JSON object.")
    return body


def _not_json(word: str) -> Any:
    raise ValueError(word)
