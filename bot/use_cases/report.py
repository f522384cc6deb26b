"""Reports: the figures of some days, in the chat and on a page behind a link that names its reader and expires."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from bot.commands import ShowReport
from bot.i18n import _
from bot.installation import Installation
from bot.model.daily_sums import Figure
from bot.model.ids import Email
from bot.model.report import Report, make_report
from bot.model.secret import Secret, new_token
from bot.unit_of_work import Transaction, UnitOfWork
from bot.use_cases.admin import require_admin_here
from bot.use_cases.context import CommandContext
from bot.values import value_class
from bot.views.pages import View
from bot.views.parts import LinkButton
from bot.views.report import ReportPage, make_report_page

LINK_FOR = timedelta(hours=1)
"""How long the link to the page of a report works."""
_PURPOSE = "report"


@value_class
class OpenedReport:
    """A report that its reader opened in the browser. ``until`` is when the link expires."""

    reader: Email
    until: datetime
    report: Report
    view: ReportPage


async def show_report(command: ShowReport, context: CommandContext) -> View:
    """Show the figures of a week or a month, with a button to the page for this reader."""
    require_admin_here(context)
    first, last = command.period.days_until(context.now)
    link = await _link(first, last, context)
    button = LinkButton(_("Open as a page"), link)
    return await read_report_page(first, last, context.tx, context.installation, page=button)


async def _link(first: date, last: date, context: CommandContext) -> Secret:
    """Return the address of a report's page. The grant in it is stored with its reader, and works for ``LINK_FOR``."""
    grant, until = new_token(32), context.now + LINK_FOR
    payload = {
        "reader": context.by.email,
        "first": first.isoformat(),
        "last": last.isoformat(),
        "until": until.isoformat(),
    }
    await context.tx.states.put(grant, _PURPOSE, json.dumps(payload), until)
    return Secret(f"{context.installation.public_url}/report/{grant}")


async def read_report(first: date, last: date, tx: Transaction) -> Report:
    """Read the figures of some days. Its cost depends on the days, and not on how many sessions there are."""
    by_day = await tx.daily_sums.by_day(Figure.SESSIONS, first, last)
    return make_report(first, last, by_day, await tx.daily_sums.totals(first, last))


async def read_report_page(
    first: date,
    last: date,
    tx: Transaction,
    installation: Installation,
    *,
    page: LinkButton | None = None,
) -> ReportPage:
    """Read a report as a view. ``TVBOT_REPORT_NAMES`` says whether it has technicians."""
    return await _view(await read_report(first, last, tx), tx, installation, page)


async def _view(
    report: Report, tx: Transaction, installation: Installation, page: LinkButton | None = None
) -> ReportPage:
    names = await _names(report, tx) if installation.report_names else None
    return make_report_page(report, names=names, page=page)


async def _names(report: Report, tx: Transaction) -> Mapping[Email, str]:
    found = {email: await tx.people.technician_name(email) for email, _amount in report.technicians}
    return {email: name for email, name in found.items() if name}


async def open_report(
    grant: str, unit_of_work: UnitOfWork, installation: Installation, now: datetime
) -> OpenedReport | None:
    """Return the report behind a link. None where the link has expired, or its reader is no longer an SDAdmin."""
    async with unit_of_work.read() as tx:
        payload = await tx.states.peek(grant, _PURPOSE, now)
        if payload is None:
            return None
        stored: dict[str, Any] = json.loads(payload)
        reader = Email(stored["reader"])
        if not await _is_admin(reader, tx, installation):
            return None
        report = await read_report(
            date.fromisoformat(stored["first"]), date.fromisoformat(stored["last"]), tx
        )
        view = await _view(report, tx, installation)
        return OpenedReport(reader, datetime.fromisoformat(stored["until"]), report, view)


async def _is_admin(reader: Email, tx: Transaction, installation: Installation) -> bool:
    is_named = reader in installation.admins or reader in await tx.people.granted_admins()
    return is_named and await tx.people.technician_name(reader) is not None
