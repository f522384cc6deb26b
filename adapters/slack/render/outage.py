"""The card of an outage."""

from adapters.slack.render.blocks import (
    Block,
    Blocks,
    actions,
    blocks_of,
    context,
    cut,
    cut_marked,
    escape,
    linked,
    section,
    sections,
)
from bot.i18n import Language, Text, _
from bot.views.outage import OutageCard, OutageRow
from bot.views.session import kind_text
from bot.views.wording import STATE_SIGNS

_NAME = 80
_LONGEST_ROW = 500
"""Characters of a row, with the addresses in it: all rows together stay far below what Slack takes in a message."""
REFUSED_SIGN = "🚫"


def outage_card(card: OutageCard, language: Language) -> Blocks:
    """Render the card: what counts, then one line for each request."""
    counts = language.say(card.counts)
    blocks: list[Block] = [section(f"*{counts}*"), context(*_facts(card, language))]
    rows = [_row(row, language) for row in card.rows]
    if card.more:
        rows.append(language.say(card.more_text))
    blocks += sections(rows)
    blocks += actions(card.buttons, language)
    return blocks_of(counts, blocks)


def _facts(card: OutageCard, language: Language) -> list[str]:
    facts: list[Text] = [kind_text(card.kind), _("Technician: {name}", name=card.technician_name)]
    if card.note:
        facts.append(_("Note: {note}", note=card.note))
    return [language.say(one) for one in facts]


def _row(row: OutageRow, language: Language) -> str:
    sign = STATE_SIGNS[row.state] if row.state is not None else REFUSED_SIGN
    number = f"#{escape(row.number)}"
    title = f"{sign} *{linked(row.url, number) if row.url else number}*"
    name = f" {escape(cut(row.requester_name, _NAME))}" if row.requester_name else ""
    return cut_marked(f"{title}{name}  ·  {language.say(row.text)}", _LONGEST_ROW)
