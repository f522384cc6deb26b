"""Post the figures of the last month in the admin channels, once a month."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from bot.installation import Installation
from bot.jobs import PostReport
from bot.model.report import month_before
from bot.model.technician import Platform
from bot.ports import Chat, Clock, Steps
from bot.unit_of_work import UnitOfWork
from bot.use_cases.report import read_report_page
from bot.views.parts import Reader
from bot.workflows.channel_posts import ChannelAttempt, ChannelPoster
from bot.workflows.chat_retries import TRIES_TO_ANSWER, ChatRetries

POST_AFTER = timedelta(hours=25)
"""How long after the end of a month its report is posted. By then its last sessions are over, and counted."""


class MonthlyReporter:
    """Enqueues and posts the monthly reports."""

    def __init__(
        self,
        unit_of_work: UnitOfWork,
        chats: Mapping[Platform, Chat],
        poster: ChannelPoster,
        installation: Installation,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._chats = chats
        self._poster = poster
        self._installation = installation
        self._clock = clock

    async def enqueue_due(self) -> None:
        """Enqueue the report of the last month for each admin channel, unless that was done. An installation starts with none."""
        month = _month(self._clock() - POST_AFTER)
        async with self._unit_of_work.read() as tx:
            if await tx.rounds.reported_month() == month:
                return
        async with self._unit_of_work.write() as tx:
            before = await tx.rounds.reported_month()
            if before == month:
                return
            await tx.rounds.store_reported_month(month)
            if before is None or before > month:
                return
            for channel in sorted(self._installation.admin_channels):
                platform = next(
                    (name for name, chat in self._chats.items() if chat.is_channel(channel)), None
                )
                if platform is not None:
                    await tx.enqueue(PostReport(platform, channel, month), key=f"report:{month}:{channel}")

    async def begin(self, job: PostReport, steps: Steps) -> ChannelAttempt:
        """Begin an attempt to post a report."""
        return await self._poster.begin(job, steps)

    async def post(self, job: PostReport, attempt: ChannelAttempt) -> None:
        """Post a report in one admin channel. Raises Unavailable, Rejected."""
        first, last = month_before(date.fromisoformat(job.month))
        async with self._unit_of_work.read() as tx:
            view = await read_report_page(first, last, tx, self._installation)
        await self._poster.post(job.channel, view, Reader(self._installation.language), attempt)


def _month(at: datetime) -> str:
    """Return the first day of a month, in UTC, as ISO 8601 writes it."""
    return at.astimezone(UTC).date().replace(day=1).isoformat()


async def post_report(
    job: PostReport, steps: Steps, *, reporter: MonthlyReporter, retries: ChatRetries
) -> None:
    """Post the report of a month in one admin channel. One that no channel takes is still there for ``admin report``."""
    attempt = await reporter.begin(job, steps)
    await retries.call_or_retry(
        "post the report", lambda: reporter.post(job, attempt), job, steps, tries=TRIES_TO_ANSWER
    )
