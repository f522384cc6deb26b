"""What an SDAdmin switches, grants and looks at. The permission is the first line of each."""

from dataclasses import replace

from bot import access
from bot.admin_command_syntax import ADMIN_COMMAND_TABLE
from bot.commands import (
    AdminHelp,
    AdminStatus,
    ChangeAdmin,
    ListAdmins,
    ReuseConnection,
    ShowAuditLog,
    ShowConnections,
    SwitchIntegration,
    SwitchWidget,
)
from bot.errors import NotAllowed, NotAuthorized, NotFound
from bot.i18n import Text, Words, _
from bot.jobs import AnnounceChange, ApplyAdminChange, RefreshCards, RefreshHomes
from bot.model.audit import Action, AuditEntry
from bot.model.switches import Switches
from bot.use_cases.authorize import sign_in_url
from bot.use_cases.context import CommandContext
from bot.views.admin import AdminPage, AdminsPage, AuditLogPage, ConnectionsPage, channel_refs
from bot.views.pages import HelpPage, Message, View
from bot.views.parts import Button, LinkButton, Style, Tone

AUDIT_LOG_PAGE = 20
"""How many entries of the audit trail are shown at once."""


async def status(_command: AdminStatus, context: CommandContext) -> View:
    """Show how the switches stand, with buttons for them."""
    _must_be_admin_here(context)
    return _page(await context.tx.switches.read(), context)


async def switch_integration(command: SwitchIntegration, context: CommandContext) -> View:
    """Switch the whole integration on or off."""
    _must_be_admin_here(context)
    stand = await context.tx.switches.lock()
    if stand.integration is command.on:
        return Message(_already(on=command.on), buttons=[Button(_("Administration"), AdminStatus())])
    await context.tx.switches.write(replace(stand, integration=command.on))
    action = Action.INTEGRATION_ON if command.on else Action.INTEGRATION_OFF
    await _record(context, action)
    text = (
        _("{name} switched the TeamViewer integration on.", name=context.by.name)
        if command.on
        else _("{name} switched the TeamViewer integration off.", name=context.by.name)
    )
    await _announce(context, text)
    await _show_anew(context)
    return _page(replace(stand, integration=command.on), context, _now(on=command.on))


async def switch_widget(command: SwitchWidget, context: CommandContext) -> View:
    """Switch the widget, or one of the places where it stands."""
    _must_be_admin_here(context)
    stand = await context.tx.switches.lock()
    changed = _widget(stand, command)
    if changed == stand:
        return _page(stand, context, _("Nothing had to be changed."))
    await context.tx.switches.write(changed)
    place = command.location.value if command.location else "all"
    await _record(context, Action.WIDGET_ON if command.on else Action.WIDGET_OFF, place)
    shown = place if command.location else _("all")
    text = (
        _("{name} switched the widget on ({place}).", name=context.by.name, place=shown)
        if command.on
        else _("{name} switched the widget off ({place}).", name=context.by.name, place=shown)
    )
    await _announce(context, text)
    await _show_anew(context)
    return _page(changed, context, text)


def _page(stand: Switches, context: CommandContext, said: Text | None = None) -> AdminPage:
    return AdminPage(
        stand,
        said,
        is_shared=context.command_request.place.room in context.services.installation.admin_channels,
    )


def _widget(stand: Switches, command: SwitchWidget) -> Switches:
    if command.location is None:
        return replace(stand, widget=command.on)
    one = frozenset({command.location})
    return replace(stand, locations=stand.locations | one if command.on else stand.locations - one)


async def grant(command: ChangeAdmin, context: CommandContext) -> View:
    """Make somebody an SDAdmin, or take it back; who they are is looked up first."""
    _must_be_admin_here(context)
    await context.enqueue(
        ApplyAdminChange(
            user=command.user,
            grants=command.on,
            by=context.by.email,
            by_name=context.by.name,
            command=context.command_request.key,
        )
    )
    return Message(_("Looking up who that is…"), Tone.WAIT)


async def admins(_command: ListAdmins, context: CommandContext) -> View:
    """List who is an SDAdmin: those of the settings, and those granted from chat."""
    _must_be_admin_here(context)
    return AdminsPage(
        sorted(context.services.installation.admins), sorted(await context.tx.people.granted_admins())
    )


async def trail(command: ShowAuditLog, context: CommandContext) -> View:
    """Show the newest entries of the audit trail."""
    _must_be_admin_here(context)
    return AuditLogPage(await context.tx.audit.latest(min(command.count or AUDIT_LOG_PAGE, AUDIT_LOG_PAGE)))


async def connections(_command: ShowConnections, context: CommandContext) -> View:
    """Show the SDAdmin's own connections: reuse one, or authorize with a new account."""
    _must_be_admin_here(context)
    access.require_integration_on(await context.tx.switches.read())
    theirs = await context.tx.connections.of_technician(context.by.email)
    found = [one for one in theirs if one.is_alive]
    new_account = LinkButton(_("New account"), await sign_in_url(context), Style.PRIMARY)
    return ConnectionsPage(found, new_account)


async def reuse(command: ReuseConnection, context: CommandContext) -> View:
    """Make a connection that was used before the active one again. Raises NotFound, NotAllowed, NotAuthorized.

    Wherever its button stands: the list is asked for in a channel for administration, and may be answered in private.
    """
    access.require_admin(context.by)
    access.require_integration_on(await context.tx.switches.read())
    connection = await context.tx.connections.get(command.connection)
    if connection is None or connection.technician != context.by.email:
        raise NotFound(
            _("This connection is no longer there. Type {words}.", words=Words("admin connections"))
        )
    if not connection.is_alive:
        raise NotAuthorized(
            _(
                "TeamViewer no longer accepts the connection to {account}. Use a new account instead: press the button.",
                account=connection.account.name,
            )
        )
    await context.tx.connections.activate(connection)
    await _record(context, Action.REUSED, connection.account.email or connection.account.user_id)
    text = _("Your sessions are created as {account} now.", account=connection.account.name)
    more = [Button(_("My connections"), ShowConnections())] if _is_here(context) else []
    return Message(text, Tone.GOOD, buttons=more, is_personal=True)


async def help_(_command: AdminHelp, context: CommandContext) -> View:
    """Show the words of the administration."""
    _must_be_admin_here(context)
    rows = [(word.pattern, word.summary) for word in ADMIN_COMMAND_TABLE.values()]
    return HelpPage(_("Administration"), rows, _("Places of the widget: message, home, unfurl."))


def _must_be_admin_here(context: CommandContext) -> None:
    access.require_admin(context.by)
    if _is_here(context):
        return
    raise NotAllowed(
        _(
            "That is done in the channels for administration only: {channels}.",
            channels=channel_refs(context.services.installation.admin_channels),
        )
    )


def _is_here(context: CommandContext) -> bool:
    channels = context.services.installation.admin_channels
    return not channels or context.command_request.place.room in channels


async def _record(context: CommandContext, action: Action, subject: str = "") -> None:
    await context.tx.audit.append(AuditEntry(context.now, context.by.email, action, subject))


async def _announce(context: CommandContext, text: Text) -> None:
    """Tell the channels for administration, and let every home show it."""
    await context.enqueue(AnnounceChange(text.to_json(), context.command_request.key))
    await context.enqueue(RefreshHomes())


async def _show_anew(context: CommandContext) -> None:
    """Let every card that stands follow a switch: its buttons, or whether it is shown at all."""
    for session in await context.tx.sessions.all_open():
        key = f"refresh:{session.id}:{context.command_request.key}"
        await context.tx.enqueue(RefreshCards(session.id), key=key)


def _already(*, on: bool) -> Text:
    return (
        _("The integration is switched on already.") if on else _("The integration is switched off already.")
    )


def _now(*, on: bool) -> Text:
    if on:
        return _("The integration is switched on. Every technician can use it from now on.")
    return _(
        "The integration is switched off. Nothing reaches TeamViewer or ServiceDesk Plus until it is on again."
    )
