"""The answers to commands: messages, lists, the bare link, the request's panel, help and status."""

from adapters.slack.render.blocks import (
    Block,
    Blocks,
    actions,
    button,
    context,
    cut,
    header,
    plain,
    section,
    unescape,
)
from adapters.slack.render.session import session_card, session_row
from bot.i18n import Language, _
from bot.views.pages import Choice, HelpPage, LinkPage, Message, RequestPanel, SessionList, StatusPage
from bot.views.parts import Tone

_SIGNS = {Tone.PLAIN: "", Tone.GOOD: "✅ ", Tone.WAIT: "⏳ ", Tone.PROBLEM: "⚠️ ", Tone.REFUSED: "🚫 "}


def message(view: Message, say: Language) -> Blocks:
    """Render one or two sentences with their buttons."""
    text = say.say(view.text)
    blocks = [section(f"{_SIGNS[view.tone]}{text}")]
    if view.details:
        blocks.append(context("\n".join(say.say(detail) for detail in view.details)))
    blocks += actions(view.buttons, say)
    return Blocks(text=cut(unescape(text), 3000), blocks=blocks)


def session_list(view: SessionList, say: Language) -> Blocks:
    """Render sessions, a row each."""
    title = unescape(say.say(view.title))
    blocks = [header(title)]
    for row in view.rows:
        entry = section(session_row(row, say))
        if row.buttons:
            entry["accessory"] = button(row.buttons[0], say)
        blocks.append(entry)
    if not view.rows:
        blocks.append(section(say.say(view.empty)))
    blocks += actions(view.buttons, say)
    return Blocks(text=title, blocks=blocks)


def link_page(view: LinkPage, say: Language) -> Blocks:
    """Render the requester's link bare, in a code block: easy to select, and clients offer to copy it."""
    title = unescape(say.say(view.title))
    page = say.say(_("A page that explains it, with a QR code: {link}", link=view.join_page))
    blocks = [
        section(f"*{say.say(view.title)}*\n```{view.link.reveal()}```"),
        context(page, say.say(view.warning)),
    ]
    return Blocks(text=title, blocks=blocks)


def choice(view: Choice, say: Language) -> Blocks:
    """Render the sessions that fit, a button each."""
    blocks: list[Block] = [section(say.say(view.text))]
    for row, one in view.rows:
        blocks.append(section(session_row(row, say)) | {"accessory": button(one, say)})
    return Blocks(text=unescape(say.say(view.text)), blocks=blocks)


def request_panel(view: RequestPanel, say: Language) -> Blocks:
    """Render a request with its open sessions."""
    request = view.request
    title = say.say(_("Request {number}", number=f"#{request.number}"))
    facts = [say.say(_("Status: {status}", status=request.status))]
    facts.append(say.say(_("Requester: {name}", name=request.requester.name)))
    if request.technician:
        facts.append(say.say(_("Technician: {name}", name=request.technician)))
    blocks = [
        section(f"*<{request.url}|{title}>*"),
        plain(request.subject or "–"),
        context("  ·  ".join(facts)),
    ]
    for card in view.cards:
        blocks += [{"type": "divider"}, *session_card(card, say)["blocks"]]
    if view.buttons:
        blocks += [{"type": "divider"}, *actions(view.buttons, say)]
    return Blocks(text=unescape(f"{title}: {cut(request.subject, 200)}"), blocks=blocks)


def help_page(view: HelpPage, say: Language) -> Blocks:
    """Render the table of words."""
    title = unescape(say.say(view.title))
    lines = [f"{say.typed(pattern)}  {say.say(summary)}" for pattern, summary in view.rows]
    return Blocks(
        text=title, blocks=[header(title), section("\n".join(lines)), context(say.say(view.footer))]
    )


def status_page(view: StatusPage, say: Language) -> Blocks:
    """Render how everything stands for the reader."""
    integration = (
        _("✅ The integration is switched on.")
        if view.switches.integration
        else _("🚫 The integration is switched off. Ask your SDAdmin.")
    )
    connection = view.connection
    account = (
        _(
            "✅ TeamViewer: connected as {name} ({email}) since {time}.",
            name=connection.account.name,
            email=connection.account.email or connection.account.user_id,
            time=connection.connected_at,
        )
        if connection
        else _("⚠️ TeamViewer: not connected yet.")
    )
    role = _("SDAdmin") if view.technician.is_admin else _("Technician")
    who = _(
        "You are {name} ({email}), {role}.", name=view.technician.name, email=view.technician.email, role=role
    )
    lines = [say.say(integration), say.say(account), say.say(who)]
    lines.append(say.say(_("Your open sessions: {count}", count=view.open_sessions)))
    blocks = [section("\n".join(lines)), *actions(view.buttons, say)]
    return Blocks(text=unescape(lines[0]), blocks=blocks)
