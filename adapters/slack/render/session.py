"""The card of a session, and its row in a list."""

from adapters.slack.render.blocks import (
    Block,
    Blocks,
    actions,
    blocks_of,
    context,
    cut_subject,
    escape,
    fields,
    linked,
    plain,
    section,
)
from bot.i18n import Language, Link, _
from bot.model.session import State
from bot.views.session import NoticeLine, SessionCard, SessionRow, kind_text
from bot.views.wording import NOTICE_SIGNS, STATE_SIGNS


def session_card(card: SessionCard, language: Language) -> Blocks:
    """Render a session's card."""
    state = language.say(card.state_text)
    kind = language.say(kind_text(card.kind))
    number = f"#{escape(card.number)}"
    title = linked(card.request_url, number) if card.request_url else number
    blocks: list[Block] = [section(f"*{kind} · {title}*\n{STATE_SIGNS[card.state]} {state}")]
    if card.subject:
        blocks.append(plain(cut_subject(card.subject)))
    if card.problem is not None and card.state in {State.CREATING, State.FAILED}:
        blocks.append(section(f"⚠️ {language.say(card.problem)}"))
    blocks += fields(_facts(card, language))
    if card.invited:
        blocks.append(context("\n".join(language.say(line) for line in card.invited)))
    if card.handovers:
        blocks.append(context("\n".join(language.say(line) for line in card.handovers)))
    if card.outcome:
        blocks.append(context("\n".join(language.say(line) for line in card.outcome)))
    if card.notices:
        blocks.append(context("\n".join(_notice(line, language) for line in card.notices)))
    blocks += actions(card.buttons, language)
    summary = _(
        "{kind} · #{number}: {state}",
        kind=kind_text(card.kind),
        number=card.number,
        state=card.state_text,
    )
    return blocks_of(language.say(summary), blocks)


def _facts(card: SessionCard, language: Language) -> list[str]:
    facts = [language.say(_("Technician: {name}", name=card.technician_name))]
    if card.requester_name:
        facts.append(language.say(_("Requester: {name}", name=card.requester_name)))
    if card.code:
        facts.append(language.say(_("Code {code}", code=card.code)))
    if card.connection is not None:
        facts.append(language.say(_("Connected since {time}", time=card.connection.since)))
        if card.connection.device:
            facts.append(language.say(_("Device: {device}", device=card.connection.device)))
    if card.requester_link:
        facts.append(language.say(_("Requester’s link: {link}", link=Link(card.requester_link.reveal()))))
    if card.valid_until is not None:
        facts.append(language.say(_("Valid until {time}", time=card.valid_until)))
    if card.note:
        facts.append(language.say(_("Note: {note}", note=card.note)))
    return facts


def _notice(line: NoticeLine, language: Language) -> str:
    return f"{NOTICE_SIGNS[line.state]} {language.say(line.text)}"


def session_row(row: SessionRow, language: Language) -> str:
    """Render a session as two lines of a list."""
    title = f"{STATE_SIGNS[row.state]} *{language.say(kind_text(row.kind))} · #{escape(row.number)}*"
    subject = f"  {escape(cut_subject(row.subject))}" if row.subject else ""
    # At the start of a line a code is not broken in the middle.
    facts = [escape(row.code)] if row.code else []
    facts += [language.say(row.state_text), escape(row.technician_name), language.moment(row.created_at)]
    facts += [language.say(line) for line in row.outcome]
    return f"{title}{subject}\n{'  ·  '.join(facts)}"
