"""A report as Block Kit: a table is a paragraph, and each row has a bar of characters."""

from adapters.slack.render.blocks import (
    Block,
    Blocks,
    actions,
    blocks_of,
    context,
    fitted,
    header,
    section,
    sections,
    unescape,
)
from bot.i18n import Language, _, labelled
from bot.views.report import ReportPage, ReportSection, shorten_report


def report_page(view: ReportPage, language: Language) -> Blocks:
    """Render a report."""
    title = language.say(view.title)
    head = [header(unescape(title)), section("\n".join(language.say(fact) for fact in view.facts))]
    entries = [_table(one, language) for one in shorten_report(view).sections]
    buttons = actions([view.page], language) if view.page is not None else []
    return blocks_of(title, fitted(head, entries, [context(language.say(view.footer)), *buttons]))


def _table(table: ReportSection, language: Language) -> list[Block]:
    lines = [f"*{language.say(table.heading)}*"]
    lines += [f"{language.say(labelled(row.label, row.amount))}  {row.bar}" for row in table.rows]
    if table.left_out:
        lines.append(language.say(_("… and {count} more on the page", count=table.left_out)))
    return sections(lines)
