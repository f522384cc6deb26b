"""What an SDAdmin switches, grants and looks at. The permission is the first line of each."""

from dataclasses import replace

from bot import access
from bot.admin_grammar import ADMIN_WORDS
from bot.commands import (
    AdminHelp,
    Admins,
    AdminStatus,
    Grant,
    Reuse,
    SeeConnections,
    SeeTrail,
    SwitchIntegration,
    SwitchWidget,
)
from bot.errors import NotAllowed, NotAuthorized, NotFound
from bot.i18n import Text, Words, _
from bot.model.audit import Action, Entry
from bot.model.switches import Switches
from bot.store import Job
from bot.use_cases.authorize import sign_in_url
from bot.use_cases.visit import Visit
from bot.views.admin import AdminPage, AdminsPage, ConnectionsPage, TrailPage, channel_refs
from bot.views.pages import HelpPage, Message, View
from bot.views.parts import Button, Opening, Style, Tone

TRAIL_PAGE = 20
"""How many entries of the audit trail are shown at once."""


async def status(_command: AdminStatus, visit: Visit) -> View:
    """Show how the switches stand, with buttons for them."""
    _must_be_admin_here(visit)
    return _page(await visit.tx.switches.read(), visit)


async def switch_integration(command: SwitchIntegration, visit: Visit) -> View:
    """Switch the whole integration on or off."""
    _must_be_admin_here(visit)
    stand = await visit.tx.switches.lock()
    if stand.integration is command.on:
        return Message(_already(on=command.on), buttons=[Button(_("Administration"), AdminStatus())])
    await visit.tx.switches.write(replace(stand, integration=command.on))
    action = Action.INTEGRATION_ON if command.on else Action.INTEGRATION_OFF
    await _record(visit, action)
    text = (
        _("{name} switched the TeamViewer integration on.", name=visit.by.name)
        if command.on
        else _("{name} switched the TeamViewer integration off.", name=visit.by.name)
    )
    await _announce(visit, text)
    await _show_anew(visit)
    return _page(replace(stand, integration=command.on), visit, _now(on=command.on))


async def switch_widget(command: SwitchWidget, visit: Visit) -> View:
    """Switch the widget, or one of the places where it stands."""
    _must_be_admin_here(visit)
    stand = await visit.tx.switches.lock()
    changed = _widget(stand, command)
    if changed == stand:
        return _page(stand, visit, _("Nothing had to be changed."))
    await visit.tx.switches.write(changed)
    place = command.location.value if command.location else "all"
    await _record(visit, Action.WIDGET_ON if command.on else Action.WIDGET_OFF, place)
    shown = place if command.location else _("all")
    text = (
        _("{name} switched the widget on ({place}).", name=visit.by.name, place=shown)
        if command.on
        else _("{name} switched the widget off ({place}).", name=visit.by.name, place=shown)
    )
    await _announce(visit, text)
    await _show_anew(visit)
    return _page(changed, visit, text)


def _page(stand: Switches, visit: Visit, said: Text | None = None) -> AdminPage:
    return AdminPage(stand, said, is_shared=visit.incoming.place.room in visit.world.admin_channels)


def _widget(stand: Switches, command: SwitchWidget) -> Switches:
    if command.location is None:
        return replace(stand, widget=command.on)
    one = frozenset({command.location})
    return replace(stand, locations=stand.locations | one if command.on else stand.locations - one)


async def grant(command: Grant, visit: Visit) -> View:
    """Make somebody an SDAdmin, or take it back; who they are is looked up first."""
    _must_be_admin_here(visit)
    job = Job(
        "grant_admin",
        f"grant:{visit.incoming.key}",
        {
            "command": visit.incoming.key,
            "user": command.user,
            "on": "on" if command.on else "",
            "by": visit.by.email,
            "by_name": visit.by.name,
        },
    )
    await visit.tx.enqueue(job)
    return Message(_("Looking up who that is…"), Tone.WAIT)


async def admins(_command: Admins, visit: Visit) -> View:
    """List who is an SDAdmin: those of the settings, and those granted from chat."""
    _must_be_admin_here(visit)
    return AdminsPage(sorted(visit.world.admins), sorted(await visit.tx.people.granted_admins()))


async def trail(command: SeeTrail, visit: Visit) -> View:
    """Show the newest entries of the audit trail."""
    _must_be_admin_here(visit)
    return TrailPage(await visit.tx.audit.latest(min(command.count or TRAIL_PAGE, TRAIL_PAGE)))


async def connections(_command: SeeConnections, visit: Visit) -> View:
    """Show the SDAdmin's own connections: reuse one, or authorize with a new account."""
    _must_be_admin_here(visit)
    access.integration_is_on(await visit.tx.switches.read())
    theirs = await visit.tx.connections.of_technician(visit.by.email)
    found = [one for one in theirs if one.is_alive]
    new_account = Opening(_("New account"), await sign_in_url(visit), Style.PRIMARY)
    return ConnectionsPage(found, new_account)


async def reuse(command: Reuse, visit: Visit) -> View:
    """Make a connection that was used before the active one again. Raises NotFound, NotAllowed, NotAuthorized.

    Wherever its button stands: the list is asked for in a channel for administration, and may be answered in private.
    """
    access.must_be_admin(visit.by)
    access.integration_is_on(await visit.tx.switches.read())
    connection = await visit.tx.connections.get(command.connection)
    if connection is None or connection.technician != visit.by.email:
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
    await visit.tx.connections.activate(connection)
    await _record(visit, Action.REUSED, connection.account.email or connection.account.user_id)
    text = _("Your sessions are created as {account} now.", account=connection.account.name)
    more = [Button(_("My connections"), SeeConnections())] if _is_here(visit) else []
    return Message(text, Tone.GOOD, buttons=more, is_personal=True)


async def help_(_command: AdminHelp, visit: Visit) -> View:
    """Show the words of the administration."""
    _must_be_admin_here(visit)
    rows = [(word.pattern, word.summary) for word in ADMIN_WORDS.values()]
    return HelpPage(_("Administration"), rows, _("Places of the widget: message, home, unfurl."))


def _must_be_admin_here(visit: Visit) -> None:
    access.must_be_admin(visit.by)
    if _is_here(visit):
        return
    raise NotAllowed(
        _(
            "That is done in the channels for administration only: {channels}.",
            channels=channel_refs(visit.world.admin_channels),
        )
    )


def _is_here(visit: Visit) -> bool:
    channels = visit.world.admin_channels
    return not channels or visit.incoming.place.room in channels


async def _record(visit: Visit, action: Action, subject: str = "") -> None:
    await visit.tx.audit.append(Entry(visit.now, visit.by.email, action, subject))


async def _announce(visit: Visit, text: Text) -> None:
    """Tell the channels for administration, and let every home show it."""
    await visit.enqueue("announce", text=text.to_json())
    await visit.enqueue("refresh_every_home")


async def _show_anew(visit: Visit) -> None:
    """Let every card that stands follow a switch: its buttons, or whether it is shown at all."""
    for session in await visit.tx.sessions.all_open():
        key = f"follow:{session.id}:{visit.incoming.key}"
        await visit.tx.enqueue(Job("follow_session", key, {"session": session.id}))


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
