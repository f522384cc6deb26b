"""A person's App Home."""

from adapters.slack.render.admin import admin_page
from adapters.slack.render.blocks import (
    LIMITS,
    Block,
    actions,
    button,
    context,
    cut_subject,
    escape,
    header,
    linked,
    section,
    sections,
    unescape,
)
from adapters.slack.render.pages import message, status_page
from adapters.slack.render.session import session_card, session_row
from bot.i18n import Language, _
from bot.views.home import HomePage, RequestRow, RequestRows

_MOST_BLOCKS = 2 * LIMITS["blocks"]
"""Blocks in a home: twice as many as in a message."""


def home_page(view: HomePage, language: Language) -> Block:
    """Render a home as the view that Slack publishes."""
    blocks: list[Block] = []
    if view.refusal is not None:
        blocks.append(section(language.say(view.refusal)))
    if view.status is not None:
        blocks += _first_steps(view, language)
        blocks += _status(view, language) if view.has_status_first else []
        blocks += actions(view.buttons, language)
        blocks += _requests(view.requests, language) if view.requests is not None else []
        blocks += [{"type": "divider"}, header(unescape(language.say(_("Your open sessions"))))]
        for place, card in enumerate(view.cards):
            blocks += [{"type": "divider"}] if place else []
            blocks += session_card(card, language)["blocks"]
        if view.more:
            blocks += [section(language.say(view.more_text)), *actions([view.more_button], language)]
        if not view.cards:
            blocks.append(context(language.say(_("You have no open sessions. New ones appear here."))))
    blocks += [*_planned(view, language), *_recent(view, language)]
    if view.status is not None and not view.has_status_first:
        blocks += [{"type": "divider"}, *_status(view, language)]
    if view.administration is not None:
        blocks += [{"type": "divider"}, *admin_page(view.administration, language)["blocks"]]
    if view.administered_in is not None:
        blocks += [{"type": "divider"}, context(language.say(view.administered_in))]
    return {"type": "home", "blocks": _distinct(blocks[:_MOST_BLOCKS])}


def _first_steps(view: HomePage, language: Language) -> list[Block]:
    if not view.first_steps:
        return []
    lines = [language.say(step.marked_text) for step in view.first_steps]
    return [header(unescape(language.say(_("First steps")))), *sections(lines), {"type": "divider"}]


def _planned(view: HomePage, language: Language) -> list[Block]:
    if not view.planned:
        return []
    entries = [block for entry in view.planned for block in message(entry, language)["blocks"]]
    return [header(unescape(language.say(_("Planned sessions")))), *entries]


def _recent(view: HomePage, language: Language) -> list[Block]:
    if not view.recent:
        return []
    rows = [section(session_row(row, language)) for row in view.recent]
    return [header(unescape(language.say(_("Recent sessions")))), *rows]


def _status(view: HomePage, language: Language) -> list[Block]:
    return status_page(view.status, language)["blocks"] if view.status is not None else []


def _requests(requests: RequestRows, language: Language) -> list[Block]:
    blocks = [header(unescape(language.say(_("Your requests"))))]
    for row in requests.rows:
        entry = section(_request_row(row, language))
        if row.button is not None:
            entry["accessory"] = button(row.button, language)
        blocks.append(entry)
    return [*blocks, *(context(language.say(note)) for note in requests.notes)]


def _request_row(row: RequestRow, language: Language) -> str:
    number = f"#{escape(row.number)}"
    title = f"*{linked(row.url, number) if row.url else number}*"
    facts = [escape(row.requester_name), *([language.say(row.state_text)] if row.state_text else [])]
    return f"{title}  {escape(cut_subject(row.subject)) or '–'}\n{'  ·  '.join(facts)}"


def _distinct(blocks: list[Block]) -> list[Block]:
    """Give each block an id of its own: a view must not repeat one."""
    return [
        block | {"block_id": f"{block['type']}-{place}"} if block["type"] in {"actions", "section"} else block
        for place, block in enumerate(blocks)
    ]
