"""``/healthz``, ``/readyz`` and ``/metrics``, for operators and their tools."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)

from adapters.web.local_requests import is_local_sender

Check = Callable[[], Awaitable[str | None]]
"""Returns the problem as a text, or None if there is none."""
CHECK_SECONDS = 5.0
"""Time limit for one check."""
CHECK_EVERY_SECONDS = 5.0
"""The pause between two rounds of checks. One of them writes to the database, so requests never cause a round."""
OLD_AFTER_SECONDS = 20.0
"""When the outcome of a round says nothing any more: a process whose rounds have stopped is not ready."""
METRICS_SECONDS = 1.0
"""How long a text of metrics is served again: its generation takes milliseconds, in which nothing is answered."""

CHALLENGE = re.compile(r"[0-9a-f]{32}")
"""A random number that the doctor sends to the public address, to find out whether this bot answers there."""

# Each counter would also say when it was made: half as many samples again, and Prometheus does not use them.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no types for it
ANSWERS = Histogram(
    "tvbot_answer_seconds",
    "How long a platform waited for the answer to its request.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3),
)
READY = Gauge("tvbot_ready", "1 where this check of /readyz passed in its last round, else 0.", ["check"])
REFUSED = Counter(
    "tvbot_refused_requests_total", "Requests refused before they were read.", ["route", "status"]
)


def challenge_text(challenge: str) -> str:
    """Return the text that is signed to answer a challenge. The audit trail never signs a text that begins like this."""
    return f"healthz/{challenge}"


class Health:
    """The routes for operators. ``checks`` has a check for each thing that must work, by its name.

    A background task runs the checks at a fixed pace. A request reads the outcome of the last round, and makes no check.
    """

    def __init__(
        self,
        checks: Mapping[str, Check],
        *,
        now: Callable[[], float] = time.monotonic,
        sign: Callable[[str], str] | None = None,
    ) -> None:
        self._checks = checks
        self._now = now
        self._rounds: asyncio.Task[None] | None = None
        self._reasons: dict[str, str] = {}
        self._checked_at: float | None = None
        self._is_stopping = False
        self._wanted = asyncio.Event()
        self._sign = sign
        self._metrics = b""
        self._metrics_at: float | None = None

    def start(self) -> None:
        """Start the rounds of checks. Until the first one is done, the process is not ready."""
        self._rounds = asyncio.create_task(self._check_forever())

    def announce_stop(self) -> None:
        """Be not ready from now on, and begin no round any more."""
        self._is_stopping = True
        self._wanted.set()

    async def stop(self) -> None:
        """Wait for the running round, because a check that is cut off leaves its connection open."""
        self.announce_stop()
        if self._rounds is not None:
            await self._rounds

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

    async def show_alive(self, request: web.Request) -> web.Response:
        """Answer 200 while the process lives. With ``?challenge=``, prove that this bot has the keys of the asker."""
        challenge = request.query.get("challenge", "")
        if self._sign is None or not CHALLENGE.fullmatch(challenge):
            return web.json_response({"status": "alive"})
        return web.json_response({"status": "alive", "proof": self._sign(challenge_text(challenge))})

    async def show_ready(self, _request: web.Request) -> web.Response:
        """Answer 200 if every check of the last round passed, else 503 with the problems. Both with the age of the round."""
        return self._readiness(shows_reasons=True)

    async def show_ready_to_anybody(self, request: web.Request) -> web.Response:
        """Answer as ``show_ready``, with the problems only for a sender on this machine."""
        return self._readiness(shows_reasons=is_local_sender(request))

    async def show_metrics(self, _request: web.Request) -> web.Response:
        """Answer with the metrics in Prometheus' text format."""
        if self._metrics_at is None or self._now() - self._metrics_at >= METRICS_SECONDS:
            self._metrics, self._metrics_at = generate_latest(), self._now()
        return web.Response(body=self._metrics, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def show_metrics_to_this_machine(self, request: web.Request) -> web.Response:
        """Answer with the metrics if the sender is on this machine, else 403."""
        if not is_local_sender(request):
            return web.Response(status=403)
        return await self.show_metrics(request)

    async def run_checks(self) -> None:
        """Run one round of checks, and store its outcome."""
        problems = await asyncio.gather(*(_run_check(check) for check in self._checks.values()))
        self._reasons = {
            name: problem for name, problem in zip(self._checks, problems, strict=True) if problem
        }
        self._checked_at = self._now()
        for name in self._checks:
            READY.labels(name).set(name not in self._reasons)

    async def _check_forever(self) -> None:
        while not self._is_stopping:
            self._wanted.clear()
            await self.run_checks()
            with suppress(TimeoutError):
                async with asyncio.timeout(CHECK_EVERY_SECONDS):
                    await self._wanted.wait()

    def _readiness(self, *, shows_reasons: bool) -> web.Response:
        reasons, age = self._find_reasons(), self._age()
        body: dict[str, object] = {"status": "not ready" if reasons else "ready"}
        if shows_reasons:
            body |= {"reasons": dict(reasons)} if reasons else {}
            body |= {"checked_seconds_ago": round(age, 1)} if age is not None else {}
        return web.json_response(body, status=503 if reasons else 200)

    def _age(self) -> float | None:
        return self._now() - self._checked_at if self._checked_at is not None else None

    def _find_reasons(self) -> Mapping[str, str]:
        """Return the problems of the last round, or why it says nothing."""
        age = self._age()
        if self._is_stopping:
            return {"process": "it is stopping"}
        if age is None:
            return {"checks": "no round of checks is done yet"}
        if age > OLD_AFTER_SECONDS:
            return {"checks": f"the last round of checks was {int(age)} s ago"}
        return self._reasons


async def _run_check(check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except Exception as error:  # noqa: BLE001 - any error means that the bot is not ready
        return type(error).__name__
