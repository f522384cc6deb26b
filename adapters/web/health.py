"""``/healthz``, ``/readyz`` and ``/metrics``: for whoever keeps the bot running."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Histogram, generate_latest

Check = Callable[[], Awaitable[str | None]]
"""Returns what is wrong, or None."""
CHECK_SECONDS = 5.0

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
    """The routes of the operator's tools."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks

    def add_to(self, app: web.Application) -> None:
        """Put the routes into the web application."""
        app.router.add_get("/healthz", self.alive)
        app.router.add_get("/readyz", self.ready)
        app.router.add_get("/metrics", self.metrics)

    async def alive(self, _request: web.Request) -> web.Response:
        """Answer while the process lives."""
        return web.json_response({"status": "alive"})

    async def ready(self, _request: web.Request) -> web.Response:
        """Answer 200 when everything that the bot needs of itself is fit, else 503 with the reasons."""
        reasons: dict[str, str] = {}
        for name, check in self._checks.items():
            try:
                async with asyncio.timeout(CHECK_SECONDS):
                    wrong = await check()
            except Exception as error:  # noqa: BLE001 - whatever broke, it is not fit
                wrong = type(error).__name__
            if wrong:
                reasons[name] = wrong
        body = {"status": "not ready", "reasons": reasons} if reasons else {"status": "ready"}
        return web.json_response(body, status=503 if reasons else 200)

    async def metrics(self, _request: web.Request) -> web.Response:
        """Answer with Prometheus's text."""
        return web.Response(body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_LATEST})
