"""Connect a technician's TeamViewer account."""

import hashlib
import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot import access
from bot.commands import Auth, ConnectAccount
from bot.errors import BotError, NotAllowed, NotAuthorized, NotFound
from bot.i18n import Words, _
from bot.jobs import AskAboutAccount, ConfirmConnection, RefreshHomes
from bot.model.audit import Action, AuditEntry
from bot.model.connection import Account, Connection, Tokens
from bot.model.ids import CommandKey, ConnectionId, Email
from bot.model.secret import Secret, new_token
from bot.ports import Clock, TeamViewer
from bot.unit_of_work import Transaction, UnitOfWork
from bot.use_cases.context import CommandContext
from bot.values import value_class
from bot.views.admin import ConnectionsPage
from bot.views.connected import connected_view
from bot.views.pages import Message, View
from bot.views.parts import Button, LinkButton, Style

GRANT_FOR = timedelta(minutes=10)
"""How long the Authorize button works."""
_MARGIN = timedelta(minutes=1)
"""How much longer than its two confirmations the tokens of an unconfirmed account are stored, before they are revoked."""
_NOBODY = Account("", "", None)
"""The owner of tokens whose account TeamViewer did not name."""
_SIGN_IN = "teamviewer"
_ROUND_TRIP = "teamviewer-browser"
_CONFIRM = "confirm"
_CONNECT = "connect"
_FINISHED = "teamviewer-finished"
_CONFIRMED = "confirmed"


async def offer_sign_in(context: CommandContext) -> View:
    """Offer a button that opens TeamViewer's sign-in page. Raises NotAllowed.

    An SDAdmin who has authorized before is offered those connections first.
    """
    access.require_integration_on(context.switches)
    if await can_reuse_connections(context):
        return await offer_connections(context)
    url = await sign_in_url(context)
    connection = await context.tx.connections.active(context.by.email)
    details = [_("Only you can use this button. It works for 10 minutes.")]
    if connection is not None:
        details.insert(0, _("You are connected as {account} now.", account=connection.account.name))
    return Message(
        _("Sign in at TeamViewer with your own account."),
        details=details,
        buttons=[LinkButton(_("Authorize TeamViewer"), url, Style.PRIMARY)],
    )


async def can_reuse_connections(context: CommandContext) -> bool:
    """Return whether the sender is an SDAdmin with connections that TeamViewer still accepts."""
    return context.by.is_admin and bool(await _usable_connections(context))


async def offer_connections(context: CommandContext) -> ConnectionsPage:
    """Offer the sender's own connections, to reuse one, and a button for a new account."""
    new_account = LinkButton(_("New account"), await sign_in_url(context), Style.PRIMARY)
    return ConnectionsPage(await _usable_connections(context), new_account)


async def authorize_button(context: CommandContext) -> Button | LinkButton:
    """Return the button for a command that was refused because no TeamViewer account is connected.

    It opens TeamViewer's sign-in page. Where connections can be reused, it offers those first.
    """
    label = _("Authorize TeamViewer")
    if await can_reuse_connections(context):
        return Button(label, Auth(), Style.PRIMARY)
    return LinkButton(label, await sign_in_url(context), Style.PRIMARY)


async def _usable_connections(context: CommandContext) -> Sequence[Connection]:
    connections = await context.tx.connections.of_technician(context.by.email)
    return [one for one in connections if one.is_alive]


async def sign_in_url(context: CommandContext) -> Secret:
    """Return an address that starts the sign-in for this technician, once."""
    state = new_token(32)
    payload = json.dumps(
        {"technician": context.by.email, "name": context.by.name, "command": context.command_request.key}
    )
    await context.tx.states.put(state, _SIGN_IN, payload, context.now + GRANT_FOR)
    return Secret(f"{context.installation.public_url}/oauth/teamviewer/start?state={state}")


class SignInServices(Protocol):
    """What a sign-in at TeamViewer uses. It runs in the browser's request, so it makes outside calls itself."""

    @property
    def unit_of_work(self) -> UnitOfWork:
        """Return the way to open transactions."""

    @property
    def teamviewer(self) -> TeamViewer:
        """Return the client of TeamViewer's Web API."""

    @property
    def clock(self) -> Clock:
        """Return the clock."""


@value_class
class SignInStart:
    """A sign-in that a browser has started. The browser keeps the secret ``browser``, and is recognized by it later."""

    url: str
    browser: Secret


@value_class
class Connected:
    """The sign-in is complete."""

    account: Account
    technician: Email


@value_class
class AccountMismatch:
    """The TeamViewer account has another e-mail address than the technician.

    It is connected after two confirmations: by its owner in the browser that signed in, and by the technician in chat.
    Somebody who sends another person a sign-in link can give one of them, but not both.
    """

    account: Account
    technician: Email
    confirmation: str


async def start_sign_in(state: str, services: SignInServices) -> SignInStart:
    """Start the sign-in of a grant in one browser. The grant stays good for another browser until one has finished.

    Raises NotFound if the grant was used or has expired, NotAllowed if the integration is off.
    """
    round_trip, browser, verifier = (new_token(32) for _secret in range(3))
    now = services.clock()
    async with services.unit_of_work.write() as tx:
        access.require_integration_on(await tx.switches.read())
        if await tx.states.peek(state, _SIGN_IN, now) is None:
            raise _grant_not_found()
        payload = json.dumps({"state": state, "browser": _digest(browser), "verifier": verifier})
        await tx.states.put(round_trip, _ROUND_TRIP, payload, now + GRANT_FOR)
    return SignInStart(services.teamviewer.authorize_url(round_trip, Secret(verifier)), Secret(browser))


async def finish_sign_in(
    round_trip: str, code: str, browsers: Collection[str], services: SignInServices
) -> Connected | AccountMismatch:
    """Finish a sign-in in the browser that started it. ``browsers`` are the secrets that the browser shows.

    A repeat, as by a reload of the page, changes nothing and returns the same while it is still true.

    Raises NotFound (the grant was used), NotAllowed (another browser, or the integration is off), Rejected,
    NotAuthorized, Unavailable.
    """
    async with services.unit_of_work.write() as tx:
        access.require_integration_on(await tx.switches.read())
        if (finished := await _find_finished(round_trip, browsers, tx, services.clock())) is not None:
            return finished
        trip = await _end_round_trip(round_trip, browsers, tx, services)
        payload = await tx.states.consume(trip["state"], _SIGN_IN, services.clock())
    if payload is None:
        raise _grant_not_found()
    # The grant is used up by now, so a repeated callback cannot reach TeamViewer with the same code.
    grant = json.loads(payload) | {"browser": trip["browser"]}
    tokens = await services.teamviewer.exchange(code, Secret(trip["verifier"]))
    try:
        account = await services.teamviewer.account(tokens.access)
    # Tokens without an account are useless, but they grant access: they must not stay valid.
    except BotError:
        await _hold_for_revocation(grant, _NOBODY, tokens, services)
        raise
    result: Connected | AccountMismatch
    try:
        if account.email == grant["technician"]:
            result = await _connect_account(grant, account, tokens, services)
        else:
            result = await _ask_for_confirmation(grant, account, tokens, services)
    except NotAllowed:  # switched off while TeamViewer was asked
        await _hold_for_revocation(grant, account, tokens, services)
        raise
    await _store_finished(round_trip, result, grant, services)
    return result


async def _store_finished(
    round_trip: str, result: Connected | AccountMismatch, grant: dict[str, str], services: SignInServices
) -> None:
    """Store what came of a sign-in, so that a reload of its page shows the same again."""
    account = result.account
    shown = {
        "browser": grant["browser"],
        "technician": result.technician,
        "account": {"user_id": account.user_id, "email": account.email, "name": account.name},
        "confirmation": result.confirmation if isinstance(result, AccountMismatch) else "",
    }
    async with services.unit_of_work.write() as tx:
        await tx.states.put(round_trip, _FINISHED, json.dumps(shown), services.clock() + GRANT_FOR)


async def _find_finished(
    round_trip: str, browsers: Collection[str], tx: Transaction, now: datetime
) -> Connected | AccountMismatch | None:
    """Return what came of a sign-in, if it is finished and still true. Raises NotAllowed for another browser."""
    payload = await tx.states.peek(round_trip, _FINISHED, now)
    if payload is None:
        return None
    shown = json.loads(payload)
    _require_browser(shown["browser"], browsers)
    technician, account = Email(shown["technician"]), Account(**shown["account"])
    if confirmation := shown["confirmation"]:
        is_waiting = await tx.states.peek(confirmation, _CONFIRM, now) is not None
        return AccountMismatch(account, technician, confirmation) if is_waiting else None
    connection = await tx.connections.active(technician)
    is_connected = connection is not None and connection.account.user_id == account.user_id
    return Connected(account, technician) if is_connected else None


async def _end_round_trip(
    round_trip: str, browsers: Collection[str], tx: Transaction, services: SignInServices
) -> dict[str, str]:
    """Use up a round trip, and return what was stored at its start. Raises NotFound, NotAllowed."""
    payload = await tx.states.peek(round_trip, _ROUND_TRIP, services.clock())
    if payload is None:
        raise _grant_not_found()
    trip: dict[str, str] = json.loads(payload)
    _require_browser(trip["browser"], browsers)
    await tx.states.consume(round_trip, _ROUND_TRIP, services.clock())
    return trip


def _require_browser(digest: str, browsers: Collection[str]) -> None:
    """Raise NotAllowed unless one of the secrets belongs to the browser that started the sign-in."""
    # The digests of random secrets are compared, so the time of the comparison tells nothing.
    if digest not in {_digest(browser) for browser in browsers}:
        raise NotAllowed(
            _(
                "This sign-in was started in another browser. Go back to the chat, type {words}, and finish in the browser "
                "that opens.",
                words=Words("auth"),
            )
        )


def _digest(browser: str) -> str:
    return hashlib.sha256(browser.encode(errors="surrogateescape")).hexdigest()


async def _hold_for_revocation(
    grant: dict[str, str], account: Account, tokens: Tokens, services: SignInServices
) -> None:
    """Store tokens that nobody will use, so that the sweep revokes them."""
    now = services.clock()
    async with services.unit_of_work.write() as tx:
        await tx.connections.hold(Email(grant["technician"]), account, tokens, now, until=now)


async def confirm_account(confirmation: str, browsers: Collection[str], services: SignInServices) -> None:
    """Confirm an account with another e-mail address in the browser that signed in, and ask the technician in chat.

    Raises NotFound, NotAllowed (another browser, or the integration is off).
    """
    now = services.clock()
    async with services.unit_of_work.write() as tx:
        access.require_integration_on(await tx.switches.read())
        if await _is_confirmed(confirmation, browsers, tx, now):
            return
        payload = await tx.states.peek(confirmation, _CONFIRM, now)
        if payload is None:
            raise _grant_not_found()
        pending = json.loads(payload)
        _require_browser(pending["grant"]["browser"], browsers)
        await tx.states.consume(confirmation, _CONFIRM, now)
        held, key = ConnectionId(pending["connection"]), CommandKey(pending["grant"]["command"])
        address = await tx.commands.return_address(key)
        if address is None:
            raise _grant_not_found()
        await tx.states.put(held, _CONNECT, json.dumps(pending["grant"]), now + GRANT_FOR)
        confirmed = json.dumps({"browser": pending["grant"]["browser"], "connection": held})
        await tx.states.put(confirmation, _CONFIRMED, confirmed, now + GRANT_FOR)
        technician = Email(pending["grant"]["technician"])
        job = AskAboutAccount(address.actor.platform, technician, pending["account"], held, key)
        await tx.enqueue(job, key=f"ask:{held}")


async def _is_confirmed(confirmation: str, browsers: Collection[str], tx: Transaction, now: datetime) -> bool:
    """Return whether the page with this confirmation was reloaded, and the technician has not answered yet."""
    payload = await tx.states.peek(confirmation, _CONFIRMED, now)
    if payload is None:
        return False
    confirmed = json.loads(payload)
    _require_browser(confirmed["browser"], browsers)
    return await tx.states.peek(confirmed["connection"], _CONNECT, now) is not None


async def connect_account(command: ConnectAccount, context: CommandContext) -> View:
    """Connect an account with another e-mail address, which its owner has confirmed in the browser.

    Raises NotFound where nothing waits for the sender's confirmation, NotAllowed.
    """
    tx, now = context.tx, context.now
    access.require_integration_on(await tx.switches.read())
    payload = await tx.states.peek(command.connection, _CONNECT, now)
    if payload is None or json.loads(payload)["technician"] != context.by.email:
        raise _grant_not_found()
    await tx.states.consume(command.connection, _CONNECT, now)
    connection = await tx.connections.accept(command.connection, now)
    if connection is None:
        raise _grant_not_found()
    await _record_connection(connection, now, tx)
    return connected_view(connection)


async def abandon_sign_in(round_trip: str, browsers: Collection[str], services: SignInServices) -> None:
    """Use up the grant of a sign-in that was refused. Raises NotFound, NotAllowed (another browser)."""
    async with services.unit_of_work.write() as tx:
        trip = await _end_round_trip(round_trip, browsers, tx, services)
        await tx.states.consume(trip["state"], _SIGN_IN, services.clock())


async def _connect_account(
    grant: dict[str, str], account: Account, tokens: Tokens, services: SignInServices
) -> Connected:
    technician = Email(grant["technician"])
    async with services.unit_of_work.write() as tx:
        access.require_integration_on(await tx.switches.read())
        connection = await tx.connections.connect(technician, account, tokens, services.clock())
        key = CommandKey(grant["command"])
        address = await tx.commands.return_address(key)
        if address is not None:
            job = ConfirmConnection(address.actor.platform, ConnectionId(connection.id), key)
            await tx.enqueue(job, key=f"greet:{connection.id}")
        await _record_connection(connection, services.clock(), tx)
    return Connected(account, technician)


async def _record_connection(connection: Connection, now: datetime, tx: Transaction) -> None:
    await tx.enqueue(RefreshHomes(connection.technician), key=f"connected:{connection.id}")
    whose = connection.account.email or connection.account.user_id
    await tx.audit.append(AuditEntry(now, connection.technician, Action.CONNECTED, whose))


async def _ask_for_confirmation(
    grant: dict[str, str], account: Account, tokens: Tokens, services: SignInServices
) -> AccountMismatch:
    technician, now = Email(grant["technician"]), services.clock()
    confirmation = new_token(32)
    async with services.unit_of_work.write() as tx:
        access.require_integration_on(await tx.switches.read())
        held = await tx.connections.hold(technician, account, tokens, now, now + 2 * GRANT_FOR + _MARGIN)
        named = account.email or account.name
        payload = json.dumps({"grant": grant, "connection": held.id, "account": named})
        await tx.states.put(confirmation, _CONFIRM, payload, now + GRANT_FOR)
    return AccountMismatch(account, technician, confirmation)


def lost_authorization() -> NotAuthorized:
    """Return the error for a connection whose tokens TeamViewer no longer accepts."""
    return NotAuthorized(
        _("TeamViewer no longer accepts your connection. Connect again: type {words}.", words=Words("auth"))
    )


def _grant_not_found() -> NotFound:
    return NotFound(
        _(
            "This sign-in was used already, or its time is over. Go back to the chat and type {words}.",
            words=Words("auth"),
        )
    )
