"""``/healthz``, ``/readyz`` and ``/metrics``, for operators and their tools."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Histogram, generate_latest

from adapters.single_flight import SingleFlight
from adapters.web.local_requests import is_local_sender

Check = Callable[[], Awaitable[str | None]]
"""Returns the problem as a text, or None if there is none."""
CHECK_SECONDS = 5.0
"""Time limit for one check."""
FRESH_SECONDS = 2.0
"""How long the outcome of the checks is served without another check. So the number of askers costs nothing."""
METRICS_SECONDS = 1.0
"""How long a text of metrics is served again: its generation takes milliseconds, in which nothing is answered."""

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

    def __init__(self, checks: Mapping[str, Check], *, now: Callable[[], float] = time.monotonic) -> None:
        self._checks = checks
        self._now = now
        self._flight: SingleFlight[None] = SingleFlight()
        self._reasons: dict[str, str] = {}
        self._checked_at: float | None = None
        self._metrics = b""
        self._metrics_at: float | None = None

    def add_routes(self, app: web.Application) -> None:
        """Add the routes to the web application of the operations port, which only operators reach."""
        app.router.add_get("/healthz", self.show_alive)
        app.router.add_get("/readyz", self.show_ready)
        app.router.add_get("/metrics", self.show_metrics)

    def add_public_routes(self, app: web.Application, *, has_metrics: bool) -> None:
        """Add the routes to the web application that everybody reaches: only this machine learns more than the status."""
        app.router.add_get("/healthz", self.show_alive)
        app.router.add_get("/readyz", self.show_ready_to_anybody)
        if has_metrics:
            app.router.add_get("/metrics", self.show_metrics_to_this_machine)

    async def show_alive(self, _request: web.Request) -> web.Response:
        """Answer 200 while the process lives."""
        return web.json_response({"status": "alive"})

    async def show_ready(self, _request: web.Request) -> web.Response:
        """Answer 200 if every check passed a moment ago, else 503 with the problems."""
        return _readiness(await self._find_reasons(), shows_reasons=True)

    async def show_ready_to_anybody(self, request: web.Request) -> web.Response:
        """Answer as ``show_ready``, with the problems only for a sender on this machine."""
        return _readiness(await self._find_reasons(), shows_reasons=is_local_sender(request))

    async def show_metrics(self, _request: web.Request) -> web.Response:
        """Answer with the metrics in Prometheus' text format."""
        if self._metrics_at is None or self._now() - self._metrics_at >= METRICS_SECONDS:
            self._metrics, self._metrics_at = generate_latest(REGISTRY), self._now()
        return web.Response(body=self._metrics, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def show_metrics_to_this_machine(self, request: web.Request) -> web.Response:
        """Answer with the metrics if the sender is on this machine, else 403."""
        if not is_local_sender(request):
            return web.Response(status=403)
        return await self.show_metrics(request)

    async def _find_reasons(self) -> Mapping[str, str]:
        """Return the problems. All askers share one round of checks."""
        if self._checked_at is None or self._now() - self._checked_at >= FRESH_SECONDS:
            await self._flight.run_or_join(self._run_checks)
        return self._reasons

    async def _run_checks(self) -> None:
        problems = await asyncio.gather(*(_run_check(check) for check in self._checks.values()))
        self._reasons = {
            name: problem for name, problem in zip(self._checks, problems, strict=True) if problem
        }
        self._checked_at = self._now()


def _readiness(reasons: Mapping[str, str], *, shows_reasons: bool) -> web.Response:
    if not reasons:
        return web.json_response({"status": "ready"})
    body = {"status": "not ready", **({"reasons": dict(reasons)} if shows_reasons else {})}
    return web.json_response(body, status=503)


async def _run_check(check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except Exception as error:  # noqa: BLE001 - any error means that the bot is not ready
        return type(error).__name__
