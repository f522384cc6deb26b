"""The administration commands. The permission check is the first line of each."""

from bot import access
from bot.admin_command_syntax import ADMIN_COMMAND_TABLE
from bot.commands import (
    AdminStatus,
    ChangeAdmin,
    ConfirmAccount,
    ReuseConnection,
    ShowAuditLog,
    ShowConnections,
    SwitchIntegration,
    SwitchWidget,
)
from bot.errors import NotAllowed, NotAuthorized, NotFound
from bot.i18n import Text, Words, _
from bot.jobs import (
    AnnounceChange,
    ApplyAdminChange,
    ConfirmAddress,
    RefreshAllCards,
    RefreshAllHomes,
    RefreshHomes,
    RunChecks,
)
from bot.model.audit import Action, AuditEntry
from bot.model.effect import Effect
from bot.model.switches import Location, Switches
from bot.use_cases.authorize import offer_connections
from bot.use_cases.context import CommandContext
from bot.values import replace
from bot.views.admin import AdminPage, AdminsPage, AuditLogPage, sort_channels
from bot.views.limitations import limitation_line
from bot.views.pages import HelpPage, Message, View
from bot.views.parts import Button, Confirmation, Tone, confirm

AUDIT_LOG_PAGE = 20
"""How many entries of the audit log are shown at once."""


async def show_switches(context: CommandContext) -> View:
    """Show the switches, each with a button that changes it, and what ServiceDesk Plus was found to refuse."""
    require_admin_here(context)
    problems = tuple(limitation_line(one) for one in await context.tx.limitations.all())
    return replace(_switches_page(context.switches, context), problems=problems)


async def switch_integration(command: SwitchIntegration, context: CommandContext) -> View:
    """Switch the whole integration on or off."""
    require_admin_here(context)
    # Locked, because two SDAdmins may move the switch at the same moment.
    switches = await context.tx.switches.lock()
    effect = await _write_switches(switches, replace(switches, integration=command.on), context)
    said = confirm(effect, changed=_now_switched(on=command.on), nothing=_already_switched(on=command.on))
    if effect is Effect.NOTHING:
        return Message.confirming(said, buttons=[Button(_("Administration"), AdminStatus())])
    action = Action.INTEGRATION_ON if command.on else Action.INTEGRATION_OFF
    await _record_action(context, action)
    text = (
        _("{name} switched the TeamViewer integration on.", name=context.by.name)
        if command.on
        else _("{name} switched the TeamViewer integration off.", name=context.by.name)
    )
    await _announce(context, text)
    await _refresh_cards(context)
    return _switches_page(replace(switches, integration=command.on), context, said)


async def switch_widget(command: SwitchWidget, context: CommandContext) -> View:
    """Switch the widget, or one of its locations, on or off."""
    require_admin_here(context)
    # Locked, because two SDAdmins may move different switches at the same moment.
    switches = await context.tx.switches.lock()
    switched = _with_widget_switched(switches, command)
    effect = await _write_switches(switches, switched, context)
    text = _widget_switched(command, switched, context.by.name)
    if effect is Effect.CHANGED:
        place = command.location.value if command.location else "all"
        await _record_action(context, Action.WIDGET_ON if command.on else Action.WIDGET_OFF, place)
        await _announce(context, text)
        await _refresh_cards(context)
    said = confirm(
        effect,
        changed=_with_what_stays_hidden(text, command, switched),
        nothing=_with_what_stays_hidden(_widget_already_switched(command, switched), command, switched),
    )
    return _switches_page(switched, context, said)


def _widget_switched(command: SwitchWidget, switches: Switches, name: str) -> Text:
    place = _switched_places(command, switches)
    if command.on:
        return _("{name} switched the widget on ({place}).", name=name, place=place)
    return _("{name} switched the widget off ({place}).", name=name, place=place)


def _widget_already_switched(command: SwitchWidget, switches: Switches) -> Text:
    place = _switched_places(command, switches)
    if command.on:
        return _("The widget is switched on already ({place}). Nothing was changed.", place=place)
    return _("The widget is switched off already ({place}). Nothing was changed.", place=place)


def _switched_places(command: SwitchWidget, switches: Switches) -> Text | str:
    """Name the places that a command switched. With the whole widget, those come on that are not off by themselves."""
    if command.location is not None:
        return command.location.value
    if not command.on or switches.locations == frozenset(Location):
        return _("all")
    return ", ".join(sorted(switches.locations)) or _("none of its places")


def _with_what_stays_hidden(text: Text, command: SwitchWidget, switches: Switches) -> Text:
    """Add that a place is not shown, because the whole widget is switched off."""
    if command.location is None or not command.on or switches.widget:
        return text
    return _(
        "{text} It is not shown yet, because the whole widget is switched off. To switch it on, type {words}.",
        text=text,
        words=Words("admin widget on"),
    )


async def _write_switches(old: Switches, new: Switches, context: CommandContext) -> Effect:
    """Write the switches, which must be locked, if that changes them."""
    if new == old:
        return Effect.NOTHING
    await context.tx.switches.write(new)
    return Effect.CHANGED


def _switches_page(
    switches: Switches, context: CommandContext, said: Confirmation | None = None
) -> AdminPage:
    return AdminPage(
        switches, said, is_shared=context.installation.is_admin_channel(context.command_request.place.room)
    )


def _with_widget_switched(switches: Switches, command: SwitchWidget) -> Switches:
    if command.location is None:
        return replace(switches, widget=command.on)
    one = frozenset({command.location})
    return replace(switches, locations=switches.locations | one if command.on else switches.locations - one)


async def change_admin(command: ChangeAdmin, context: CommandContext) -> View:
    """Grant SDAdmin or revoke it. A job looks the person up first, and answers later."""
    require_admin_here(context)
    await context.enqueue(
        ApplyAdminChange(
            platform=context.command_request.actor.platform,
            user=command.user,
            grants=command.on,
            by=context.by.email,
            by_name=context.by.name,
            command=context.command_request.key,
        )
    )
    return Message(_("Looking up who that is…"), Tone.WAIT)


async def confirm_account(command: ConfirmAccount, context: CommandContext) -> View:
    """Confirm that an account belongs to the technician of its address. A job looks the person up first, and answers later."""
    require_admin_here(context)
    await context.enqueue(
        ConfirmAddress(
            platform=context.command_request.actor.platform,
            user=command.user,
            by=context.by.email,
            by_name=context.by.name,
            command=context.command_request.key,
        )
    )
    return Message(_("Looking up who that is…"), Tone.WAIT)


async def list_admins(context: CommandContext) -> View:
    """List the SDAdmins: those named in the settings, and those granted from chat."""
    require_admin_here(context)
    return AdminsPage(sorted(context.installation.admins), sorted(await context.tx.people.granted_admins()))


async def show_audit_log(command: ShowAuditLog, context: CommandContext) -> View:
    """Show the newest entries of the audit log."""
    require_admin_here(context)
    return AuditLogPage(await context.tx.audit.latest(min(command.count or AUDIT_LOG_PAGE, AUDIT_LOG_PAGE)))


async def run_doctor(context: CommandContext) -> View:
    """Check everything that the bot depends on. A job makes the checks, and answers later."""
    require_admin_here(context)
    request = context.command_request
    await context.enqueue(RunChecks(request.actor.platform, request.key))
    return Message(_("Checking everything that the bot depends on…"), Tone.WAIT)


async def show_connections(context: CommandContext) -> View:
    """Show the SDAdmin's own connections, to reuse one or to authorize a new account."""
    require_admin_here(context)
    access.require_integration_on(context.switches)
    return await offer_connections(context)


async def reuse_connection(command: ReuseConnection, context: CommandContext) -> View:
    """Make an earlier connection of the SDAdmin the active one. Raises NotFound, NotAllowed, NotAuthorized."""
    # The list is requested in an administration channel but may be answered in private, so the button works anywhere.
    access.require_admin(context.by)
    access.require_integration_on(context.switches)
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
    effect = await context.tx.connections.activate(connection)
    if effect is Effect.CHANGED:
        await _record_action(context, Action.REUSED, connection.account.email or connection.account.user_id)
        await context.enqueue(RefreshHomes(context.by.email))
    account = connection.account.name
    said = confirm(
        effect,
        changed=_("Your sessions are created as {account} now.", account=account),
        nothing=_("Your sessions are created as {account} already. Nothing was changed.", account=account),
    )
    more = [Button(_("My connections"), ShowConnections())] if is_admin_place(context) else []
    return Message.confirming(said, buttons=more, is_personal=True)


def show_admin_help(context: CommandContext) -> View:
    """List the administration commands."""
    require_admin_here(context)
    return HelpPage(
        _("Administration"),
        tuple((row.example, row.summary) for row in ADMIN_COMMAND_TABLE.values()),
        _("Places of the widget: message (cards), home (overview), unfurl (previews)."),
    )


def require_admin_here(context: CommandContext) -> None:
    """Raise NotAllowed for anybody but an SDAdmin, and outside the channels that administration is limited to."""
    access.require_admin(context.by)
    if is_admin_place(context):
        return
    raise NotAllowed(
        _(
            "Do that in a channel for administration: {channels}.",
            channels=sort_channels(context.installation.admin_channels),
        )
    )


def is_admin_place(context: CommandContext) -> bool:
    """Return whether administration is allowed where the command was sent."""
    channels = context.installation.admin_channels
    return not channels or context.command_request.place.room in channels


async def _record_action(context: CommandContext, action: Action, subject: str = "") -> None:
    await context.tx.audit.append(AuditEntry(context.now, context.by.email, action, subject))


async def _announce(context: CommandContext, text: Text) -> None:
    """Announce a change in the administration channels, and refresh every home."""
    await context.enqueue(AnnounceChange(text.to_json(), context.command_request.key))
    await context.enqueue(RefreshAllHomes(context.command_request.key))


async def _refresh_cards(context: CommandContext) -> None:
    """Refresh the cards of all open sessions: a switch changes their buttons, or hides them.

    The switch must not wait for them, so that it can be moved however many there are.
    """
    await context.enqueue(RefreshAllCards(context.command_request.key))


def _already_switched(*, on: bool) -> Text:
    return (
        _("The integration is switched on already.") if on else _("The integration is switched off already.")
    )


def _now_switched(*, on: bool) -> Text:
    if on:
        return _("The integration is switched on. Every technician can use it from now on.")
    return _(
        "The integration is switched off. Nothing reaches TeamViewer or ServiceDesk Plus until it is on again."
    )
