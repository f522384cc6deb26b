"""The answers to commands: messages, lists, the requester's link, the request's panel, help and status."""

from functools import lru_cache

from adapters.slack.render.blocks import (
    LIMITS,
    Block,
    Blocks,
    actions,
    blocks_of,
    button,
    context,
    cut_subject,
    escape,
    fields,
    fitted,
    header,
    linked,
    mention,
    plain,
    section,
    sections,
    unescape,
)
from adapters.slack.render.session import session_card, session_row
from bot.i18n import Language, Link, Text, _
from bot.values import replace
from bot.views.pages import Choice, HelpPage, LinkPage, Message, RequestPanel, SessionList, StatusPage
from bot.views.session import SessionRow, pilot_hint, row_button
from bot.views.wording import TONE_SIGNS, request_status, requester_name, status_lines

_MOST_ENTRIES = 1024
"""Rendered rows that stay in memory: a list that is asked for again shows mostly the same ones."""
_MOST_HELP_PAGES = 64
"""Rendered pages of help that stay in memory: more than there are commands, in the languages of most readers."""


def message(view: Message, language: Language) -> Blocks:
    """Render one or two sentences with their buttons."""
    text = language.say(view.text)
    if view.mention is not None:
        text = f"{mention(view.mention.user)} {text}"
    head = [section(f"{TONE_SIGNS[view.tone]}{text}")]
    details = "\n".join(language.say(detail) for detail in view.details)
    if len(details) <= LIMITS["section"]:
        entries = [[context(details)]] if details else []
    else:
        entries = [[paragraph] for paragraph in sections(details.split("\n"))]
    return blocks_of(text, fitted(head, entries, actions(view.buttons, language)))


def session_list(view: SessionList, language: Language) -> Blocks:
    """Render a list of sessions."""
    title = language.say(view.title)
    head = [header(unescape(title)), *sections([language.say(note) for note in view.notes])]
    entries = [[_list_entry(row, language)] for row in view.rows]
    if not view.rows:
        entries.append([section(language.say(view.empty))])
    return blocks_of(title, fitted(head, entries, actions(view.buttons, language)))


@lru_cache(maxsize=_MOST_ENTRIES)
def _list_entry(row: SessionRow, language: Language) -> Block:
    """Render a row of a list. Nobody may change it: the next list with the same row shows it again."""
    entry = section(session_row(row, language))
    if row.buttons:
        entry["accessory"] = button(row_button(row, row.buttons[0]), language)
    return entry


def link_page(view: LinkPage, language: Language) -> Blocks:
    """Render the requester's link in a code block, which is easy to select, and which clients offer to copy."""
    title = language.say(view.title)
    page = language.say(_("A page that explains it, with a QR code: {link}", link=Link(view.join_page)))
    blocks = [
        section(f"*{title}*\n```{view.link.reveal()}```"),
        context(page, language.say(view.warning)),
    ]
    return blocks_of(title, blocks)


def choice(view: Choice, language: Language) -> Blocks:
    """Render the sessions to choose from, each with a button."""
    text = language.say(view.text)
    entries = [
        [section(session_row(row, language)) | {"accessory": button(row_button(row, one), language)}]
        for row, one in view.rows
    ]
    return blocks_of(text, fitted([section(text)], entries, []))


def request_panel(view: RequestPanel, language: Language) -> Blocks:
    """Render a request with its open sessions."""
    request = view.request
    title = language.say(_("Request {number}", number=f"#{request.number}"))
    facts = [language.say(_("Status: {status}", status=request_status(request)))]
    facts.append(language.say(_("Requester: {name}", name=requester_name(request))))
    if request.technician:
        facts.append(language.say(_("Technician: {name}", name=request.technician)))
    head = [
        section(f"*{linked(request.url, title)}*"),
        plain(cut_subject(request.subject) or "–"),
        *fields(facts),
        *([context(*(language.say(one) for one in view.planned))] if view.planned else []),
    ]
    divider: Block = {"type": "divider"}
    # The subject is shown above. A card that repeats it takes room from the next card.
    cards = [[divider, *session_card(replace(card, subject=""), language)["blocks"]] for card in view.cards]
    tail = [divider, *actions(view.buttons, language)] if view.buttons else []
    hint = pilot_hint(view.buttons)
    if hint is not None:
        tail.append(context(language.say(hint)))
    return blocks_of(f"{title}: {escape(cut_subject(request.subject))}", fitted(head, cards, tail))


@lru_cache(maxsize=_MOST_HELP_PAGES)
def help_page(view: HelpPage, language: Language) -> Blocks:
    """Render the command table, or one command with its options. Nobody may change it: the next one gets it too."""
    title = language.say(view.title)
    lines = [
        language.say(Text("{words}  {summary}", {"words": words, "summary": summary or ""})).rstrip()
        for words, summary in view.rows
    ]
    lines += [f"`{escape(option)}`  {language.say(summary)}" for option, summary in view.options]
    return blocks_of(title, [header(unescape(title)), *sections(lines), context(language.say(view.footer))])


def status_page(view: StatusPage, language: Language) -> Blocks:
    """Render the status."""
    lines = [language.say(line) for line in status_lines(view)]
    blocks = [section("\n".join(lines)), *actions(view.buttons, language)]
    return blocks_of(lines[0], blocks)
