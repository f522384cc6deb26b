"""Administration: switches, SDAdmins, connections, the audit log."""

from adapters.slack.render.blocks import (
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
from bot.commands import ReuseConnection, ShowAuditLog, ShowConnections
from bot.i18n import Language, Text, _
from bot.model.audit import AuditRecord
from bot.model.connection import Connection
from bot.model.switches import Location
from bot.views.admin import AdminPage, AdminsPage, AuditLogPage, ConnectionsPage
from bot.views.parts import Button
from bot.views.wording import ACTIONS, integration_button, last_used, switch_sign, widget_button

_PLACES = {
    Location.MESSAGE: _("Cards in channels"),
    Location.HOME: _("App Home"),
    Location.UNFURL: _("Previews of request links"),
}


def admin_page(view: AdminPage, say: Language) -> Blocks:
    """Render the switches, each with its button."""
    title = say.say(_("Administration"))
    stand = view.switches
    blocks = [header(unescape(title))]
    if view.said is not None:
        blocks.append(section(f"✅ {say.say(view.said)}"))
    blocks.append(
        section(_line(_("TeamViewer integration"), say, on=stand.integration))
        | {"accessory": button(integration_button(stand), say)}
    )
    blocks.append(
        section(_line(_("Widget"), say, on=stand.widget))
        | {"accessory": button(widget_button(None, on=stand.widget), say)}
    )
    for location, name in _PLACES.items():
        on = location in stand.locations
        blocks.append(
            section(_line(name, say, on=on)) | {"accessory": button(widget_button(location, on=on), say)}
        )
    more = [Button(_("Connections"), ShowConnections()), Button(_("Audit trail"), ShowAuditLog())]
    return blocks_of(say.say(view.said) if view.said else title, [*blocks, *actions(more, say)])


def _line(name: Text, say: Language, *, on: bool) -> str:
    state = _("on") if on else _("off")
    return f"{switch_sign(on=on)} *{say.say(name)}*: {say.say(state)}"


def admins_page(view: AdminsPage, say: Language) -> Blocks:
    """Render the SDAdmins."""
    title = say.say(_("SDAdmins"))
    lines = [say.say(_("{email} (by the bot’s settings)", email=address)) for address in view.configured]
    lines += [say.say(_("{email} (granted)", email=address)) for address in view.granted]
    nobody = _("Nobody is an SDAdmin yet. Set TVBOT_ADMINS.")
    entries = [[paragraph] for paragraph in sections(lines or [say.say(nobody)])]
    return blocks_of(title, fitted([header(unescape(title))], entries, []))


def connections_page(view: ConnectionsPage, say: Language) -> Blocks:
    """Render an SDAdmin's connections, each with a Reuse button, and the New account button."""
    title = say.say(_("Your TeamViewer connections"))
    entries = []
    for connection in view.connections:
        entry = section(_connection(connection, say))
        if not connection.is_active:
            entry["accessory"] = button(Button(_("Reuse"), ReuseConnection(connection.id)), say)
        entries.append([entry])
    if not view.connections:
        entries.append([section(say.say(_("You have not connected an account yet.")))])
    return blocks_of(title, fitted([header(unescape(title))], entries, actions([view.new_account], say)))


def _connection(connection: Connection, say: Language) -> str:
    account = connection.account
    sign = switch_sign(on=connection.is_active)
    name = f"{sign} *{escape(account.name)}* ({escape(account.email or account.user_id)})"
    since = say.say(_("Connected since {time}", time=connection.connected_at))
    used = say.say(last_used(connection))
    return f"{name}\n{since}  ·  {used}"


def audit_log_page(view: AuditLogPage, say: Language) -> Blocks:
    """Render the newest entries of the audit log."""
    title = say.say(_("Audit trail"))
    lines = [_entry(kept, say) for kept in view.entries] or [say.say(_("Nothing has been recorded yet."))]
    entries = [[paragraph] for paragraph in sections(lines)]
    footer = context(say.say(_("The newest comes first.")))
    return blocks_of(title, fitted([header(unescape(title))], entries, [footer]))


def _entry(kept: AuditRecord, say: Language) -> str:
    entry = kept.entry
    subject = f" ({escape(entry.subject)})" if entry.subject else ""
    return f"{say.moment(entry.at)}  {escape(entry.by)} {say.say(ACTIONS[entry.action])}{subject}"
