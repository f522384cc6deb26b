"""Administration: switches, SDAdmins, connections, the audit log."""

from adapters.slack.render.blocks import (
    Block,
    Blocks,
    actions,
    blocks_of,
    button,
    context,
    escape,
    fitted,
    header,
    section,
    sections,
    unescape,
)
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
    Location.MESSAGE: _("Cards in channels"),
    Location.HOME: _("App Home"),
    Location.UNFURL: _("Previews of request links"),
}


def admin_page(view: AdminPage, language: Language) -> Blocks:
    """Render the switches, each with its button."""
    title = language.say(_("Administration"))
    switches = view.switches
    blocks = [header(unescape(title))]
    if view.said is not None:
        blocks.append(section(f"{TONE_SIGNS[view.said.tone]}{language.say(view.said.text)}"))
    blocks += [section(f"⚠️ {language.say(problem)}") for problem in view.problems]
    integration, widget = _("TeamViewer integration"), _("Widget")
    line = _line(integration, language, on=switches.integration)
    blocks.append(_switch(line, replace(integration_button(switches), about=integration), language))
    line = _line(widget, language, on=switches.widget)
    own_button = widget_button(None, on=switches.widget)
    blocks.append(_switch(line, replace(own_button, about=widget), language))
    for location, name in _PLACES.items():
        is_shown = not switches.hides(location)
        line = _line(name, language, on=is_shown, state=place_state(switches, location))
        own_button = widget_button(location, on=location in switches.locations)
        blocks.append(_switch(line, replace(own_button, about=name), language))
    more = [
        Button(_("Connections"), ShowConnections()),
        Button(_("Rules"), ShowPolicy()),
        Button(_("Audit trail"), ShowAuditLog()),
    ]
    text = language.say(view.said.text) if view.said else title
    return blocks_of(text, [*blocks, *actions(more, language)])


def _switch(line: str, own_button: Button, language: Language) -> Block:
    return section(line) | {"accessory": button(own_button, language)}


def _line(name: Text, language: Language, *, on: bool, state: Text | None = None) -> str:
    state = state or (_("on") if on else _("off"))
    return f"{switch_sign(on=on)} {language.say(labelled(Text('*{name}*', {'name': name}), state))}"


def admins_page(view: AdminsPage, language: Language) -> Blocks:
    """Render the SDAdmins."""
    title = language.say(_("SDAdmins"))
    lines = [language.say(_("{email} (by the bot’s settings)", email=address)) for address in view.configured]
    lines += [language.say(_("{email} (granted)", email=address)) for address in view.granted]
    nobody = _("Nobody is an SDAdmin yet. Set TVBOT_ADMINS.")
    entries = [[paragraph] for paragraph in sections(lines or [language.say(nobody)])]
    return blocks_of(title, fitted([header(unescape(title))], entries, []))


def connections_page(view: ConnectionsPage, language: Language) -> Blocks:
    """Render an SDAdmin's connections, each with a Reuse button, and the New account button."""
    title = language.say(_("Your TeamViewer connections"))
    entries = []
    for connection in view.connections:
        entry = section(_connection(connection, language))
        if not connection.is_active:
            entry["accessory"] = button(_reuse(connection), language)
        entries.append([entry])
    if not view.connections:
        entries.append([section(language.say(_("You have not connected an account yet.")))])
    return blocks_of(title, fitted([header(unescape(title))], entries, actions([view.new_account], language)))


def _reuse(connection: Connection) -> Button:
    account = connection.account
    return Button(_("Reuse"), ReuseConnection(connection.id), about=Text("{name}", {"name": account.name}))


def _connection(connection: Connection, language: Language) -> str:
    account = connection.account
    sign = switch_sign(on=connection.is_active)
    name = f"{sign} *{escape(account.name)}* ({escape(account.email or account.user_id)})"
    since = language.say(_("Connected since {time}", time=connection.connected_at))
    used = language.say(last_used(connection))
    return f"{name}\n{since}  ·  {used}"


def audit_log_page(view: AuditLogPage, language: Language) -> Blocks:
    """Render the newest entries of the audit log."""
    title = language.say(_("Audit trail"))
    lines = [_entry(record, language) for record in view.entries] or [
        language.say(_("Nothing has been recorded yet."))
    ]
    entries = [[paragraph] for paragraph in sections(lines)]
    footer = context(language.say(_("The newest comes first.")))
    return blocks_of(title, fitted([header(unescape(title))], entries, [footer]))


def _entry(record: AuditRecord, language: Language) -> str:
    return f"{language.moment(record.entry.at)}  {language.say(audit_sentence(record.entry))}"
