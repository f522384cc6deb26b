"""Cards as attachments of messages: search results of the message extension, and previews of pasted links."""

from adapters.teams.render.actions import open_url
from adapters.teams.render.card import CardContent, Element, card, fitted, text
from adapters.teams.render.markdown import formatter, plain
from adapters.teams.render.pages import panel_buttons, panel_head, panel_title
from adapters.teams.render.session import session_title, state_line
from bot.commands import Create, Show
from bot.i18n import Language, _, labelled
from bot.model.request import Request
from bot.model.session import Kind
from bot.values import replace
from bot.views.pages import RequestPanel
from bot.views.parts import Button, Reader, Style
from bot.views.session import SessionCard
from bot.views.wording import request_status, requester_name

ADAPTIVE_CARD = "application/vnd.microsoft.card.adaptive"
PREVIEW = "application/vnd.microsoft.card.thumbnail"
_UNFURL_VERSION = "1.3"
"""The newest version that Teams shows below a link. It has neither ``Action.Execute`` nor headings."""


def card_attachment(content: Element) -> Element:
    """Make an attachment of a card."""
    return {"contentType": ADAPTIVE_CARD, "content": content}


def request_result(request: Request, reader: Reader, language: str) -> Element:
    """Render a search result: its row in the list for the reader, and the card that is posted when they select it.

    Everybody reads that card, so it is in the organization's ``language``.
    """
    own, reader = reader, replace(reader, language=language)
    say, panel = formatter(reader, 200), RequestPanel(request, (), ())
    buttons = [Button(_("Show"), Show(request.number))]
    if request.takes_sessions:
        buttons[:0] = [
            Button(_("Remote session"), Create(request.number, Kind.REMOTE), Style.PRIMARY),
            Button(_("Pilot session"), Create(request.number, Kind.PILOT)),
        ]
    body = [*panel_head(panel, say), *panel_buttons(buttons, say)]
    content = card(CardContent(_summary(request, say), body), say.code)
    return _attachment(request, content, formatter(own, 200))


def panel_attachment(panel: RequestPanel, reader: Reader, language: str) -> Element:
    """Render the preview of a pasted link.

    Everybody in the conversation sees it, so it has no link of a session, and no button but the one to the request. It is in
    the organization's ``language``, except for the row that its reader alone sees.
    """
    own, reader = reader, replace(reader, language=language)
    say = formatter(reader, 200)
    opened = {"type": "ActionSet", "actions": [open_url(_("Open the request"), panel.request.url, say)]}
    body = fitted(panel_head(panel, say), [_session(one, say) for one in panel.cards], [opened])
    content = card(CardContent(_summary(panel.request, say), body), say.code)
    return _attachment(panel.request, content | {"version": _UNFURL_VERSION}, formatter(own, 200))


def _session(card: SessionCard, say: Language) -> list[Element]:
    return [text(session_title(card, say), separator=True), state_line(card, say)]


def _attachment(request: Request, content: Element, say: Language) -> Element:
    unmarked = plain(say)
    title = f"#{unmarked.say(request.number)}  {unmarked.say(request.subject)}".strip()
    details = f"{unmarked.say(requester_name(request))} · {unmarked.say(request_status(request))}"
    preview = {"contentType": PREVIEW, "content": {"title": title, "text": details}}
    return {**card_attachment(content), "preview": preview}


def _summary(request: Request, say: Language) -> str:
    title = panel_title(RequestPanel(request, (), ()))
    return plain(say).say(labelled(title, request.subject))
