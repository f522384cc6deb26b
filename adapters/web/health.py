"""``/healthz``, ``/readyz`` and ``/metrics``, for operators and their tools."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Histogram, generate_latest

Check = Callable[[], Awaitable[str | None]]
"""Returns the problem as a text, or None if there is none."""
CHECK_SECONDS = 5.0
"""Time limit for one check."""

ANSWERS = Histogram(
    "tvbot_answer_seconds",
    "How long a platform waited for the answer to its request.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3),
)
REFUSED = Counter(
    "tvbot_refused_requests_total", "Requests refused before they were read.", ["route", "status"]
)


class Health:
    """The routes for operators. ``checks`` has a check for each thing that must work, by its name."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks

    def add_routes(self, app: web.Application) -> None:
        """Add the routes to the web application."""
        app.router.add_get("/healthz", self.show_alive)
        app.router.add_get("/readyz", self.show_ready)
        app.router.add_get("/metrics", self.show_metrics)

    async def show_alive(self, _request: web.Request) -> web.Response:
        """Answer 200 while the process lives."""
        return web.json_response({"status": "alive"})

    async def show_ready(self, _request: web.Request) -> web.Response:
        """Answer 200 if every check passes, else 503 with the problems."""
        problems = {name: await _run_check(check) for name, check in self._checks.items()}
        reasons = {name: problem for name, problem in problems.items() if problem}
        body = {"status": "not ready", "reasons": reasons} if reasons else {"status": "ready"}
        return web.json_response(body, status=503 if reasons else 200)

    async def show_metrics(self, _request: web.Request) -> web.Response:
        """Answer with the metrics in Prometheus' text format."""
        return web.Response(body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _run_check(check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except Exception as error:  # noqa: BLE001 - any error means that the bot is not ready
        return type(error).__name__
