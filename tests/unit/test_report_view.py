"""A report as a chat shows it, and as the page does."""

from datetime import date

import pytest

from bot.model.daily_sums import Figure
from bot.model.report import make_report
from bot.views.report import ReportPage, make_report_page, shorten_report

FIRST, BUSY, LAST = date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)


def make_page(sessions: int) -> ReportPage:
    """Make the report of three days, with sessions on the second one."""
    totals = {figure: dict[str, int]() for figure in Figure}
    return make_report_page(
        make_report(FIRST, LAST, {BUSY: {"remote/connected": sessions}}, totals), names={}
    )


def days_of(view: ReportPage) -> list[str]:
    return [str(row.label) for section in view.sections if section.is_over_time for row in section.rows]


@pytest.mark.parametrize(("sessions", "shown"), [(2, [BUSY]), (0, [])])
def test_chat_leaves_out_days_without_a_session_and_the_page_has_all(
    sessions: int, shown: list[date]
) -> None:
    page = make_page(sessions)
    assert days_of(page) == [one.isoformat() for one in (FIRST, BUSY, LAST)]
    assert days_of(shorten_report(page)) == [one.isoformat() for one in shown]
    assert any(section.is_over_time for section in shorten_report(page).sections) is bool(shown)
