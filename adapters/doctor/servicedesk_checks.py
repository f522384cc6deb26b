"""Checks of ServiceDesk Plus: the token, the portal, the scopes, the technicians, and writing if it was asked for.

Zoho issues ten tokens in ten minutes. So the checks use the token that the bot has stored, and ask for another one only
if every call is refused.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import quote

from adapters.doctor.examination import Examination
from adapters.doctor.outcome import (
    SEE_SETTINGS,
    CannotTell,
    Outcome,
    fails,
    is_unknown,
    works,
)
from adapters.servicedesk.api import ServiceDeskApi, require_accepted, required_scope
from adapters.servicedesk.api_response import ApiResponse
from adapters.servicedesk.client import ServiceDeskClient
from adapters.servicedesk.data_centers import DATA_CENTERS, choose_web_urls
from adapters.servicedesk.errors import no_access_error
from adapters.servicedesk.oauth import AuthorizationRefused, ZohoOAuth
from adapters.servicedesk.technicians import list_technicians
from adapters.settings import reveal_setting
from bot.errors import BotError, NotAllowed, NotAuthorized
from bot.i18n import Language, _
from bot.model.connection import Tokens
from bot.model.ids import Email, RequestNumber, email
from bot.model.sanitize import remove_invisible
from bot.model.secret import Secret
from bot.ports import Reply, TokenSource
from bot.tokens import LeasedTokens
from bot.values import value_class

SEE_TOKEN = _("The bot has no token for it: see the check “ServiceDesk Plus: sign-in”.")
SEE_TECHNICIANS = _("The technicians cannot be read: see the check “ServiceDesk Plus: technicians”.")
SEE_PORTAL = _("The portal is not found: see the check “ServiceDesk Plus: portal”.")


_REMEDIES = {
    "invalid_client": _(
        "Copy the client ID and the client secret of the self client from the Zoho API console again, and check TVBOT_SERVICEDESK_DATA_CENTER: a client belongs to the data centre in which it was made."
    ),
    "invalid_client_secret": _(
        "Copy the client secret of the self client from the Zoho API console into TVBOT_SERVICEDESK_CLIENT_SECRET again."
    ),
    "invalid_code": _(
        "Make a new refresh token with all scopes, and set TVBOT_SERVICEDESK_REFRESH_TOKEN. The code of the console is not yet one, and it works once, for some minutes: `tvbot setup` exchanges it."
    ),
}
"""What to do about each of Zoho's errors (Zoho OAuth documentation; ``invalid_client_secret`` seen in reports)."""


class _OneToken:
    """A token that is stored nowhere, for a database that has no schema yet. Implements the port ``TokenSource``."""

    def __init__(self, zoho: ZohoOAuth) -> None:
        self._zoho = zoho
        self._token: Secret | None = None
        self._lock = asyncio.Lock()

    async def token(self) -> Secret:
        async with self._lock:
            if self._token is None:
                self._token = (await self._zoho.request_access_token()).access
            return self._token

    async def renew(self, refused: Secret) -> Secret:
        async with self._lock:
            if self._token == refused:
                self._token = None
        return await self.token()

    async def end(self, revoke: Callable[[Secret], Awaitable[None]]) -> None:
        raise NotImplementedError  # the doctor ends no token


@value_class
class _Desk:
    """What calls ServiceDesk Plus in one run."""

    api: ServiceDeskApi
    client: ServiceDeskClient
    tokens: TokenSource


@value_class
class _Answers:
    """The answers to one read of each kind that the bot cannot do without."""

    requests: ApiResponse
    technicians: ApiResponse

    @property
    def all_refuse_token(self) -> bool:
        return self.requests.refuses_token and self.technicians.refuses_token


async def _connect(examination: Examination) -> _Desk:
    """Return the clients, with the token that the bot has stored or else a new one. Raises CannotTell, BotError."""
    settings = examination.settings
    if not (
        settings.servicedesk_client_id
        and settings.servicedesk_client_secret
        and settings.servicedesk_refresh_token
    ):
        raise CannotTell(SEE_SETTINGS)
    center = DATA_CENTERS[settings.servicedesk_data_center]
    zoho = ZohoOAuth(
        examination.gated_http,
        settings.servicedesk_accounts_url or center.accounts_url,
        settings.servicedesk_client_id,
        reveal_setting(settings.servicedesk_client_secret),
        reveal_setting(settings.servicedesk_refresh_token),
    )
    tokens = await _choose_tokens(examination, zoho)
    origin, portal = settings.servicedesk_api_url or center.api_url, settings.servicedesk_portal
    portal_path = f"/app/{quote(portal, safe='')}" if portal else ""
    client = ServiceDeskClient(
        examination.gated_http,
        api_url=origin,
        web_urls=choose_web_urls(settings.servicedesk_web_url, settings.servicedesk_data_center),
        portal=portal,
        tokens=tokens,
    )
    api = ServiceDeskApi(examination.gated_http, f"{origin.rstrip('/')}{portal_path}/api/v3", tokens)
    return _Desk(api, client, tokens)


async def _choose_tokens(examination: Examination, zoho: ZohoOAuth) -> TokenSource:
    try:
        unit_of_work = await examination.require_schema()
    except CannotTell:
        return _OneToken(zoho)

    async def refresh(_kept: Secret | None) -> Tokens:
        return await zoho.request_access_token()

    installed = examination.installed
    return LeasedTokens(unit_of_work, f"servicedesk/{installed.org_id}", refresh, installed.clock)


async def _ask(examination: Examination) -> _Answers:
    """Read one request and one technician. Raises BotError, CannotTell."""
    desk = await examination.find_once(_sign_in)
    answers = await _read_both(desk.api)
    if answers.all_refuse_token:
        await desk.tokens.renew(await desk.tokens.token())
        answers = await _read_both(desk.api)
    return answers


async def _read_both(api: ServiceDeskApi) -> _Answers:
    one = {"list_info": {"row_count": 1, "start_index": 1}}
    return _Answers(
        await api.get("/requests", one, is_optional=True),
        await api.get("/technicians", one, is_optional=True),
    )


async def _sign_in(examination: Examination) -> _Desk:
    """Return the clients after a token was there. Raises BotError, CannotTell."""
    desk = await examination.find_once(_connect)
    # Nothing may leave while the integration is off, not even with a token that is stored already.
    await examination.require_integration_on()
    await desk.tokens.token()
    return desk


async def check_sign_in(examination: Examination) -> Outcome:
    """Look whether Zoho issues a token to the bot, and ServiceDesk Plus accepts it."""
    try:
        await examination.find_once(_sign_in)
    except AuthorizationRefused as error:
        return fails(error.text, _REMEDIES.get(error.error))
    try:
        answers = await examination.find_once(_ask)
    except NotAuthorized as error:
        return fails(error.text)
    except BotError:
        return is_unknown(_("The bot has a token. ServiceDesk Plus does not say whether it accepts it."))
    if answers.all_refuse_token:
        return fails(no_access_error(required_scope("GET", "/requests")).text)
    return works(_("The bot has a token, and ServiceDesk Plus accepts it."))


async def _require_answers(examination: Examination) -> _Answers:
    """Return the answers if a token was accepted. Raises CannotTell, and BotError of the API itself."""
    try:
        await examination.find_once(_sign_in)
    except NotAllowed:
        raise
    except BotError:
        raise CannotTell(SEE_TOKEN) from None
    try:
        answers = await examination.find_once(_ask)
    except NotAuthorized:
        raise CannotTell(SEE_TOKEN) from None
    if answers.all_refuse_token:
        raise CannotTell(SEE_TOKEN)
    return answers


def _finds_no_portal(answers: _Answers) -> bool:
    return answers.requests.is_path_not_found and answers.technicians.is_path_not_found


async def check_portal(examination: Examination) -> Outcome:
    """Look whether the API answers in this data centre, and knows the portal."""
    answers = await _require_answers(examination)
    if _finds_no_portal(answers):
        return fails(_("ServiceDesk Plus answers, but does not know the portal."))
    return works(_("ServiceDesk Plus answers there."))


async def _require_portal(examination: Examination) -> _Answers:
    try:
        answers = await _require_answers(examination)
    except NotAllowed:
        raise
    except BotError:
        raise CannotTell(SEE_PORTAL) from None
    if _finds_no_portal(answers):
        raise CannotTell(SEE_PORTAL)
    return answers


async def check_requests(examination: Examination) -> Outcome:
    """Look whether the bot may read requests."""
    answers = await _require_portal(examination)
    if answers.requests.refuses_token:
        return fails(no_access_error(required_scope("GET", "/requests")).text)
    require_accepted(answers.requests)
    return works(_("The bot can read requests."))


async def check_technicians(examination: Examination) -> Outcome:
    """Look whether the bot may read the technicians, and whether there are any."""
    answers = await _require_portal(examination)
    if answers.technicians.refuses_token:
        return fails(no_access_error(required_scope("GET", "/technicians")).text)
    require_accepted(answers.technicians)
    names = await examination.find_once(_list_names)
    if not names:
        return fails(_("The list has no technician with an e-mail address, so nobody may use the bot."))
    return works(_("Technicians in the list: {count}.", count=len(names)))


async def check_admins(examination: Examination) -> Outcome:
    """Look whether one of the SDAdmins is a technician. Only a technician can use what an SDAdmin may."""
    admins = {email(remove_invisible(address)) for address in examination.settings.admins}
    admins |= await _granted_admins(examination)
    if not admins:
        return fails(_("Nobody is an SDAdmin, so nobody can use the switches."))
    try:
        answers = await _require_portal(examination)
        if answers.technicians.refuses_token:
            raise CannotTell(SEE_TECHNICIANS)
        require_accepted(answers.technicians)
        names = await examination.find_once(_list_names)
    except NotAllowed:
        raise
    except BotError:
        raise CannotTell(SEE_TECHNICIANS) from None
    if not names:
        raise CannotTell(SEE_TECHNICIANS)
    strangers = sorted(admins - names.keys())
    if len(strangers) == len(admins):
        return fails(_("No SDAdmin is a technician of ServiceDesk Plus: {emails}.", emails=tuple(strangers)))
    if strangers:
        return works(
            _("These SDAdmins are no technicians, and can do nothing: {emails}.", emails=tuple(strangers))
        )
    return works(_("All are technicians of ServiceDesk Plus."))


async def _granted_admins(examination: Examination) -> frozenset[Email]:
    """Return the SDAdmins that were appointed in chat. None are known while the database cannot be read."""
    try:
        unit_of_work = await examination.require_schema()
    except CannotTell:
        return frozenset()
    async with unit_of_work.read() as tx:
        return frozenset(await tx.people.granted_admins())


async def _list_names(examination: Examination) -> Mapping[str, str]:
    return (await list_technicians((await examination.find_once(_connect)).api)).names


async def check_writing(examination: Examination) -> Outcome:
    """Add a note to the given request, edit it, and mail a reply to its requester. Without a request, write nothing."""
    number = examination.installed.write_to
    if number is None:
        return is_unknown(
            _("To check that the bot may write, run `tvbot doctor --write REQUEST` with a test request.")
        )
    await _require_portal(examination)
    client = (await examination.find_once(_connect)).client
    return await _write(client, number, examination.settings.language)


async def _write(client: ServiceDeskClient, number: RequestNumber, language: str) -> Outcome:
    request = await client.request(number)
    marker = f"tvbot-{secrets.token_hex(6)}"
    sentence = Language(language).say(_("This is a test of tvbot. You need not do anything."))
    html = f"<p>{sentence}</p><p>{marker}</p>"
    note = await client.add_note(request.id, html)
    if note is not None:
        await client.edit_note(request.id, note, html)
    if request.requester is None or not request.requester.email:
        return works(_("The note was written. No reply was sent: the requester has no e-mail address."))
    subject = f"tvbot #{request.number}"
    await client.reply(Reply(request.id, request.number, request.requester.email, subject, html, marker))
    return works(_("A note was written and edited, and a reply was sent to the requester."))
