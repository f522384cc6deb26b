"""Connect a technician's TeamViewer account."""

import json
import secrets
from dataclasses import dataclass
from datetime import timedelta

from bot import access
from bot.commands import Auth
from bot.errors import BotError, NotAuthorized, NotFound
from bot.i18n import Words, _
from bot.model.audit import Action, Entry
from bot.model.connection import Account, Connection, Tokens
from bot.model.ids import Email
from bot.model.secret import Secret
from bot.store import Job, Transaction
from bot.use_cases.visit import Visit
from bot.views.pages import Message, View
from bot.views.parts import Opening, Style
from bot.world import World

GRANT_FOR = timedelta(minutes=10)
"""How long the Authorize button is good for."""
_MARGIN = timedelta(minutes=1)
"""By how much the tokens of an account that waits for a confirmation outlive it, before they are revoked."""
_NOBODY = Account("", "", None)
"""Whose tokens they are that TeamViewer gave, when it then did not say whose."""
_SIGN_IN = "teamviewer"
_CONFIRM = "confirm"


async def auth(_command: Auth, visit: Visit) -> View:
    """Give a button that leads to TeamViewer's sign-in. Raises NotAllowed."""
    access.integration_is_on(await visit.tx.switches.read())
    url = await sign_in_url(visit)
    connection = await visit.tx.connections.active(visit.by.email)
    details = [_("The button is yours alone and good for 10 minutes.")]
    if connection is not None:
        details.insert(0, _("You are connected as {account} now.", account=connection.account.name))
    return Message(
        _("Sign in at TeamViewer with your own account."),
        details=details,
        buttons=[Opening(_("Authorize TeamViewer"), url, Style.PRIMARY)],
    )


async def sign_in_url(visit: Visit) -> Secret:
    """Make an address that starts the sign-in for this technician, once."""
    state = secrets.token_urlsafe(32)
    payload = json.dumps({"technician": visit.by.email, "name": visit.by.name, "command": visit.incoming.key})
    await visit.tx.states.put(state, _SIGN_IN, payload, visit.now + GRANT_FOR)
    return Secret(f"{visit.world.public_url}/oauth/teamviewer/start?state={state}")


@dataclass(frozen=True, slots=True)
class Connected:
    """The sign-in is done."""

    account: Account
    technician: Email


@dataclass(frozen=True, slots=True)
class Doubtful:
    """TeamViewer's account has another e-mail address than the technician: they are asked whether it is theirs."""

    account: Account
    technician: Email
    confirmation: str


async def start(state: str, world: World) -> str:
    """Return TeamViewer's sign-in page for a grant.

    Raises NotFound where the grant was used or its time is over, NotAllowed where the integration is off.
    """
    async with world.books.read() as tx:
        access.integration_is_on(await tx.switches.read())
        if await tx.states.peek(state, _SIGN_IN, world.clock()) is None:
            raise _used_up()
    return world.teamviewer.authorize_url(state)


async def callback(state: str, code: str, world: World) -> Connected | Doubtful:
    """Finish a sign-in. Raises NotFound (grant used up), NotAllowed, Rejected, NotAuthorized, Unavailable.

    Tokens that come to nothing wait to be revoked.
    """
    async with world.books.write() as tx:
        access.integration_is_on(await tx.switches.read())
        payload = await tx.states.consume(state, _SIGN_IN, world.clock())
    if payload is None:
        raise _used_up()
    grant = json.loads(payload)
    tokens = await world.teamviewer.exchange(code)
    try:
        account = await world.teamviewer.account(tokens.access)
    except BotError:
        async with world.books.write() as tx:
            now = world.clock()
            await tx.connections.hold(Email(grant["technician"]), _NOBODY, tokens, now, until=now)
        raise
    if account.email == grant["technician"]:
        return await _connect(grant, account, tokens, world)
    return await _ask(grant, account, tokens, world)


async def confirm(confirmation: str, world: World) -> Connected:
    """Connect an account whose e-mail address differs, at the person's own word. Raises NotFound, NotAllowed."""
    async with world.books.write() as tx:
        access.integration_is_on(await tx.switches.read())
        payload = await tx.states.consume(confirmation, _CONFIRM, world.clock())
        if payload is None:
            raise _used_up()
        kept = json.loads(payload)
        connection = await tx.connections.accept(kept["connection"], world.clock())
        if connection is None:
            raise _used_up()
        await _connected(kept["grant"], connection, tx, world)
    return Connected(connection.account, connection.technician)


async def abandon(state: str, world: World) -> None:
    """Use a grant up whose sign-in was refused."""
    async with world.books.write() as tx:
        await tx.states.consume(state, _SIGN_IN, world.clock())


async def _connect(grant: dict[str, str], account: Account, tokens: Tokens, world: World) -> Connected:
    technician = Email(grant["technician"])
    async with world.books.write() as tx:
        connection = await tx.connections.connect(technician, account, tokens, world.clock())
        await _connected(grant, connection, tx, world)
    return Connected(account, technician)


async def _connected(grant: dict[str, str], connection: Connection, tx: Transaction, world: World) -> None:
    arguments = {"command": grant["command"], "connection": connection.id}
    await tx.enqueue(Job("greet_connection", f"greet:{connection.id}", arguments))
    whose = connection.account.email or connection.account.user_id
    await tx.audit.append(Entry(world.clock(), connection.technician, Action.CONNECTED, whose))


async def _ask(grant: dict[str, str], account: Account, tokens: Tokens, world: World) -> Doubtful:
    technician, now = Email(grant["technician"]), world.clock()
    confirmation = secrets.token_urlsafe(32)
    async with world.books.write() as tx:
        held = await tx.connections.hold(technician, account, tokens, now, now + GRANT_FOR + _MARGIN)
        payload = json.dumps({"grant": grant, "connection": held.id})
        await tx.states.put(confirmation, _CONFIRM, payload, now + GRANT_FOR)
        told = {
            "command": grant["command"],
            "technician": technician,
            "account": account.email or account.name,
        }
        await tx.enqueue(Job("ask_about_account", f"ask:{grant['command']}:{account.user_id}", told))
    return Doubtful(account, technician, confirmation)


def lost_authorization() -> NotAuthorized:
    """The error of a connection whose tokens are no longer good."""
    return NotAuthorized(
        _("TeamViewer no longer accepts your connection. Connect again: type {words}.", words=Words("auth"))
    )


def _used_up() -> NotFound:
    return NotFound(
        _(
            "This sign-in was used already, or its time is over. Go back to the chat and type {words}.",
            words=Words("auth"),
        )
    )
