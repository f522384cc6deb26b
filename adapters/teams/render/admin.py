"""Views for SDAdmins: switches, SDAdmins, connections, the audit trail."""

from adapters.teams.render.actions import actions, question_below
from adapters.teams.render.card import CardContent, Element, aside, beside, fitted, group, heading, text
from adapters.teams.render.markdown import brief, plain
from adapters.teams.render.pages import with_button
from bot.commands import ReuseConnection, ShowAuditLog, ShowConnections, ShowPolicy
from bot.i18n import Language, Text, _, labelled
from bot.model.audit import AuditRecord
from bot.model.connection import Connection
from bot.model.switches import Location
from bot.values import replace
from bot.views.admin import AdminPage, AdminsPage, AuditLogPage, ConnectionsPage
from bot.views.parts import Button
from bot.views.wording import (
    TONE_SIGNS,
    audit_sentence,
    integration_button,
    last_used,
    place_state,
    switch_sign,
    widget_button,
)

_PLACES = {
    Location.MESSAGE: _("Cards in chats and channels"),
    Location.HOME: _("Overview"),
    Location.UNFURL: _("Previews of request links"),
}
_QUESTION = "switch-question"
"""The id of the part of a card that asks before the integration is switched off."""
_NAME = 120


def admin_page(view: AdminPage, say: Language) -> CardContent:
    """Render the switches, each with a button."""
    title, stand = _("Administration"), view.switches
    body = [heading(say.say(title))]
    if view.said is not None:
        body.append(text(f"{TONE_SIGNS[view.said.tone]}{say.say(view.said.text)}"))
    body += [text(f"⚠️ {say.say(problem)}", color="Attention") for problem in view.problems]
    body += [
        _switch(_("TeamViewer integration"), integration_button(stand), say, on=stand.integration),
        _switch(_("Widget"), widget_button(None, on=stand.widget), say, on=stand.widget),
    ]
    for location, name in _PLACES.items():
        own_button = widget_button(location, on=location in stand.locations)
        state = place_state(stand, location)
        body.append(_switch(name, own_button, say, on=not stand.hides(location), state=state))
    more = [
        Button(_("Connections"), ShowConnections()),
        Button(_("Rules"), ShowPolicy()),
        Button(_("Audit trail"), ShowAuditLog()),
    ]
    summary = plain(say).say(view.said.text if view.said else title)
    return CardContent(summary, [*body, *actions(more, say)], is_private=not view.is_shared, is_wide=True)


def _switch(name: Text, button: Button, say: Language, *, on: bool, state: Text | None = None) -> Element:
    """Render a switch with its button at the side, as every other has it. A question opens below."""
    state = state or (_("on") if on else _("off"))
    line = text(f"{switch_sign(on=on)} {say.say(labelled(Text('**{name}**', {'name': name}), state))}")
    button = replace(button, about=name)
    if button.question is None:
        return group(with_button([line], [button], say), separator=True)
    opener, opened = question_below(button, button.question, say, name=_QUESTION)
    return group([beside([line], {"type": "ActionSet", "actions": [opener]}), opened], separator=True)


def admins_page(view: AdminsPage, say: Language) -> CardContent:
    """Render the list of SDAdmins."""
    short = brief(say, _NAME)
    admins = [short.say(_("{email} (by the bot’s settings)", email=address)) for address in view.configured]
    admins += [short.say(_("{email} (granted)", email=address)) for address in view.granted]
    nobody = _("Nobody is an SDAdmin yet. Set TVBOT_ADMINS.")
    return _listed(_("SDAdmins"), admins or [say.say(nobody)], [], say)


def audit_log_page(view: AuditLogPage, say: Language) -> CardContent:
    """Render the newest entries of the audit trail."""
    entries = [_entry(kept, brief(say, _NAME)) for kept in view.entries]
    footer = [aside(say.say(_("The newest comes first.")))]
    return _listed(_("Audit trail"), entries or [say.say(_("Nothing has been recorded yet."))], footer, say)


def _listed(title: Text, entries: list[str], footer: list[Element], say: Language) -> CardContent:
    """Render a private list. An SDAdmin may have typed the command in a channel that others read."""
    body = fitted([heading(say.say(title))], [[text(entry, spacing="Small")] for entry in entries], footer)
    return CardContent(plain(say).say(title), body, is_private=True, is_wide=True)


def _entry(record: AuditRecord, say: Language) -> str:
    return f"{say.moment(record.entry.at)}  {say.say(audit_sentence(record.entry))}"


def connections_page(view: ConnectionsPage, say: Language) -> CardContent:
    """Render an SDAdmin's connections, each with a Reuse button, and a button for a new account."""
    title = _("Your TeamViewer connections")
    entries = [[_connection(connection, say)] for connection in view.connections]
    if not view.connections:
        entries.append([text(say.say(_("You have not connected an account yet.")))])
    body = fitted([heading(say.say(title))], entries, actions([view.new_account], say))
    return CardContent(plain(say).say(title), body, is_private=True, is_wide=True)


def _connection(connection: Connection, say: Language) -> Element:
    account, short = connection.account, brief(say, _NAME)
    sign = switch_sign(on=connection.is_active)
    name = f"{sign} {short.say(account.name)} ({short.say(account.email or account.user_id)})"
    since = say.say(_("Connected since {time}", time=connection.connected_at))
    used = say.say(last_used(connection))
    items = [text(name, weight="Bolder"), aside(f"{since}  ·  {used}", spacing="None")]
    buttons = (
        []
        if connection.is_active
        else [
            Button(
                _("Reuse"),
                ReuseConnection(connection.id),
                about=Text("{name}", {"name": connection.account.name}),
            )
        ]
    )
    return group(with_button(items, buttons, say), separator=True)
