"""A report as an Adaptive Card: a table is a list of lines, and each has a bar of characters.

Teams has elements for charts of its own, outside the schema of Adaptive Cards. Which clients show them, and what a screen reader
says then, was not tried. Characters show everywhere.
"""

from adapters.teams.render.actions import actions
from adapters.teams.render.card import CardContent, Element, aside, fitted, group, heading, lines, text
from adapters.teams.render.markdown import brief, keep_dashes, plain
from bot.i18n import Language, _, labelled
from bot.views.report import ReportPage, ReportSection, shorten_report

_NAME = 80


def report_page(view: ReportPage, say: Language) -> CardContent:
    """Render a report. It is private where it has the link of one reader."""
    head = [heading(keep_dashes(say.say(view.title))), *lines([say.say(fact) for fact in view.facts])]
    entries = [_table(one, say) for one in shorten_report(view).sections]
    tail = [aside(say.say(view.footer)), *(actions([view.page], say) if view.page is not None else [])]
    return CardContent(
        plain(say).say(view.title),
        fitted(head, entries, tail),
        is_private=view.page is not None,
        is_wide=True,
    )


def _table(table: ReportSection, say: Language) -> list[Element]:
    short = brief(say, _NAME)
    rows = [f"{keep_dashes(short.say(labelled(row.label, row.amount)))}  {row.bar}" for row in table.rows]
    if table.left_out:
        rows.append(say.say(_("… and {count} more on the page", count=table.left_out)))
    title = text(say.say(table.heading), weight="Bolder")
    return [group([title, *lines(rows, spacing="None")], separator=True)]
