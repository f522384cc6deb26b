"""``/report/{grant}``: a report as a page for one SDAdmin, and its figures as CSV."""

import asyncio
import csv
import io
from collections.abc import Iterator

from aiohttp import web

from adapters.spreadsheet import without_formula
from adapters.web.charts import draw_charts
from adapters.web.language import choose_page_language
from adapters.web.pages import render_message_page, render_page
from bot.i18n import Language, _
from bot.model.report import Report
from bot.services import Services
from bot.use_cases.report import OpenedReport, open_report

_PATH = "/report/{grant:[A-Za-z0-9_-]{10,80}}"


class ReportPages:
    """The routes of reports. The grant in an address is its reader's alone, and expires."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def add_routes(self, app: web.Application) -> None:
        """Add the routes to the web application."""
        app.router.add_get(_PATH, self.show_report)
        app.router.add_get(f"{_PATH}/figures.csv", self.send_csv)

    async def show_report(self, request: web.Request) -> web.Response:
        """Show the report, or a page that says how to get a new link."""
        language = Language(choose_page_language(request, self._services.installation.language))
        opened = await self._open(request)
        if opened is None:
            return _expired_page(language)
        charts = await asyncio.to_thread(draw_charts, opened.view.sections, language)
        return render_page(
            "report.html",
            language,
            title=opened.view.title,
            reader=_("For {email}. The link works until {time}.", email=opened.reader, time=opened.until),
            facts=opened.view.facts,
            sections=opened.view.sections,
            charts=charts,
            # Relative to the page, because a public URL may have a path of its own.
            csv=f"{request.match_info['grant']}/figures.csv",
            csv_label=_("Download as CSV"),
            footer=opened.view.footer,
        )

    async def send_csv(self, request: web.Request) -> web.Response:
        """Answer with the figures as CSV. Its names are the same in every language."""
        opened = await self._open(request)
        if opened is None:
            return _expired_page(
                Language(choose_page_language(request, self._services.installation.language))
            )
        report = opened.report
        headers = {
            "Content-Disposition": f'attachment; filename="tvbot-{report.first}-{report.last}.csv"',
            "Cache-Control": "no-store",
            "X-Robots-Tag": "noindex",
        }
        text = write_csv(report, has_names=self._services.installation.report_names)
        return web.Response(text=text, content_type="text/csv", headers=headers)

    async def _open(self, request: web.Request) -> OpenedReport | None:
        services = self._services
        grant = request.match_info["grant"]
        return await open_report(grant, services.unit_of_work, services.installation, services.clock())


def write_csv(report: Report, *, has_names: bool) -> str:
    """Return the figures of a report as CSV: the table, the row and the amount."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(["table", "row", "amount"])
    for table, row, amount in _csv_rows(report, has_names=has_names):
        writer.writerow([table, without_formula(row), amount])
    return written.getvalue()


def _csv_rows(report: Report, *, has_names: bool) -> Iterator[tuple[str, str, int | str]]:
    yield "summary", "sessions", report.sessions
    yield "summary", "median_wait_seconds", "" if report.median_wait is None else report.median_wait
    yield "summary", "connected_seconds", report.connected_seconds
    yield "rating", "helpful", report.helpful
    yield "rating", "not_helpful", report.not_helpful
    yield from (("result", result.value, amount) for result, amount in report.results.items())
    yield from (("kind", kind.value, amount) for kind, amount in report.kinds.items())
    yield from (("day", day.isoformat(), amount) for day, amount in report.days)
    yield from (
        ("delivery", f"{channel.value}/{state.value}", amount) for channel, state, amount in report.deliveries
    )
    if has_names:
        yield from (("technician", technician, amount) for technician, amount in report.technicians)


def _expired_page(language: Language) -> web.Response:
    text = _(
        "The link to this report has expired, or was not for you. Ask the bot for the report again in the chat."
    )
    return render_message_page(_("This link has expired"), text, status=410, language=language.code)
