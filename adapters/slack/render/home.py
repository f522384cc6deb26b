"""A person's App Home."""

from adapters.slack.render.admin import admin_page
from adapters.slack.render.blocks import LIMITS, Block, actions, context, header, section, unescape
from adapters.slack.render.pages import status_page
from adapters.slack.render.session import session_card, session_row
from bot.i18n import Language, _
from bot.views.home import HomePage

_MOST_BLOCKS = 2 * LIMITS["blocks"]
"""Blocks in a home: twice as many as in a message."""


def home_page(view: HomePage, language: Language) -> Block:
    """Render a home as the view that Slack publishes."""
    blocks: list[Block] = []
    if view.refusal is not None:
        blocks.append(section(language.say(view.refusal)))
    if view.status is not None:
        blocks += [*actions(view.buttons, language), *status_page(view.status, language)["blocks"]]
        blocks += [{"type": "divider"}, header(unescape(language.say(_("Your open sessions"))))]
        for place, card in enumerate(view.cards):
            blocks += [{"type": "divider"}] if place else []
            blocks += session_card(card, language)["blocks"]
        if view.more:
            blocks += [section(language.say(view.more_text)), *actions([view.more_button], language)]
        if not view.cards:
            blocks.append(context(language.say(_("You have no open sessions. New ones appear here."))))
    if view.recent:
        blocks.append(header(unescape(language.say(_("Recent sessions")))))
        blocks += [section(session_row(row, language)) for row in view.recent]
    if view.administration is not None:
        blocks += [{"type": "divider"}, *admin_page(view.administration, language)["blocks"]]
    if view.administered_in is not None:
        blocks += [{"type": "divider"}, context(language.say(view.administered_in))]
    return {"type": "home", "blocks": _distinct(blocks[:_MOST_BLOCKS])}


def _distinct(blocks: list[Block]) -> list[Block]:
    """Give each block an id of its own: a view must not repeat one."""
    return [
        block | {"block_id": f"{block['type']}-{place}"} if block["type"] in {"actions", "section"} else block
        for place, block in enumerate(blocks)
    ]
