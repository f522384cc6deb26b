"""Connect a technician's TeamViewer account."""

import json
import secrets
from dataclasses import dataclass
from datetime import timedelta

from bot import access
from bot.errors import BotError, NotAuthorized, NotFound
from bot.i18n import Words, _
from bot.jobs import AskAboutAccount, ConfirmConnection
from bot.model.audit import Action, AuditEntry
from bot.model.connection import Account, Connection, Tokens
from bot.model.ids import CommandKey, ConnectionId, Email
from bot.model.secret import Secret
from bot.services import Services
from bot.unit_of_work import Transaction
from bot.use_cases.context import CommandContext
from bot.views.pages import Message, View
from bot.views.parts import LinkButton, Style

GRANT_FOR = timedelta(minutes=10)
"""How long the Authorize button is good for."""
_MARGIN = timedelta(minutes=1)
"""By how much the tokens of an account that waits for a confirmation outlive it, before they are revoked."""
_NOBODY = Account("", "", None)
"""Whose tokens they are that TeamViewer gave, when it then did not say whose."""
_SIGN_IN = "teamviewer"
_CONFIRM = "confirm"


async def offer_sign_in(context: CommandContext) -> View:
    """Offer a button that opens TeamViewer's sign-in page. Raises NotAllowed."""
    access.require_integration_on(await context.tx.switches.read())
    url = await sign_in_url(context)
    connection = await context.tx.connections.active(context.by.email)
    details = [_("The button is yours alone and good for 10 minutes.")]
    if connection is not None:
        details.insert(0, _("You are connected as {account} now.", account=connection.account.name))
    return Message(
        _("Sign in at TeamViewer with your own account."),
        details=details,
        buttons=[LinkButton(_("Authorize TeamViewer"), url, Style.PRIMARY)],
    )


async def sign_in_url(context: CommandContext) -> Secret:
    """Return an address that starts the sign-in for this technician, once."""
    state = secrets.token_urlsafe(32)
    payload = json.dumps(
        {"technician": context.by.email, "name": context.by.name, "command": context.command_request.key}
    )
    await context.tx.states.put(state, _SIGN_IN, payload, context.now + GRANT_FOR)
    return Secret(f"{context.installation.public_url}/oauth/teamviewer/start?state={state}")


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


async def start(state: str, services: Services) -> str:
    """Return TeamViewer's sign-in page for a grant.

    Raises NotFound where the grant was used or its time is over, NotAllowed where the integration is off.
    """
    async with services.unit_of_work.read() as tx:
        access.require_integration_on(await tx.switches.read())
        if await tx.states.peek(state, _SIGN_IN, services.clock()) is None:
            raise _used_up()
    return services.teamviewer.authorize_url(state)


async def callback(state: str, code: str, services: Services) -> Connected | Doubtful:
    """Finish a sign-in. Raises NotFound (grant used up), NotAllowed, Rejected, NotAuthorized, Unavailable.

    Tokens that come to nothing wait to be revoked.
    """
    async with services.unit_of_work.write() as tx:
        access.require_integration_on(await tx.switches.read())
        payload = await tx.states.consume(state, _SIGN_IN, services.clock())
    if payload is None:
        raise _used_up()
    grant = json.loads(payload)
    tokens = await services.teamviewer.exchange(code)
    try:
        account = await services.teamviewer.account(tokens.access)
    except BotError:
        async with services.unit_of_work.write() as tx:
            now = services.clock()
            await tx.connections.hold(Email(grant["technician"]), _NOBODY, tokens, now, until=now)
        raise
    if account.email == grant["technician"]:
        return await _connect(grant, account, tokens, services)
    return await _ask(grant, account, tokens, services)


async def confirm(confirmation: str, services: Services) -> Connected:
    """Connect an account whose e-mail address differs, at the person's own word. Raises NotFound, NotAllowed."""
    async with services.unit_of_work.write() as tx:
        access.require_integration_on(await tx.switches.read())
        payload = await tx.states.consume(confirmation, _CONFIRM, services.clock())
        if payload is None:
            raise _used_up()
        kept = json.loads(payload)
        connection = await tx.connections.accept(kept["connection"], services.clock())
        if connection is None:
            raise _used_up()
        await _connected(kept["grant"], connection, tx, services)
    return Connected(connection.account, connection.technician)


async def abandon(state: str, services: Services) -> None:
    """Use a grant up whose sign-in was refused."""
    async with services.unit_of_work.write() as tx:
        await tx.states.consume(state, _SIGN_IN, services.clock())


async def _connect(grant: dict[str, str], account: Account, tokens: Tokens, services: Services) -> Connected:
    technician = Email(grant["technician"])
    async with services.unit_of_work.write() as tx:
        connection = await tx.connections.connect(technician, account, tokens, services.clock())
        await _connected(grant, connection, tx, services)
    return Connected(account, technician)


async def _connected(
    grant: dict[str, str], connection: Connection, tx: Transaction, services: Services
) -> None:
    job = ConfirmConnection(ConnectionId(connection.id), CommandKey(grant["command"]))
    await tx.enqueue(job, key=f"greet:{connection.id}")
    whose = connection.account.email or connection.account.user_id
    await tx.audit.append(AuditEntry(services.clock(), connection.technician, Action.CONNECTED, whose))


async def _ask(grant: dict[str, str], account: Account, tokens: Tokens, services: Services) -> Doubtful:
    technician, now = Email(grant["technician"]), services.clock()
    confirmation = secrets.token_urlsafe(32)
    async with services.unit_of_work.write() as tx:
        held = await tx.connections.hold(technician, account, tokens, now, now + GRANT_FOR + _MARGIN)
        payload = json.dumps({"grant": grant, "connection": held.id})
        await tx.states.put(confirmation, _CONFIRM, payload, now + GRANT_FOR)
        job = AskAboutAccount(technician, account.email or account.name, CommandKey(grant["command"]))
        await tx.enqueue(job, key=f"ask:{grant['command']}:{account.user_id}")
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
