"""The name of the default portal is learned from ServiceDesk Plus, so that links to requests open."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from aiohttp import web
from support.servicedesk_script import ID, SUCCESS, FakeTokens, lists

from adapters.http import HttpClient, new_http_client, send_request
from adapters.servicedesk.client import ServiceDeskClient
from adapters.servicedesk.oauth import ZohoOAuth
from adapters.servicedesk.portal import DOWN_PAUSE_SECONDS, NAME_FRESH_SECONDS, REFUSED_PAUSE_SECONDS
from bot.errors import NotAllowed
from bot.i18n import _
from bot.model.ids import RequestId, RequestNumber
from bot.model.secret import Secret
from sandbox.faults import Fault
from sandbox.server import Server
from sandbox.servicedesk import ServiceDeskSandbox

NUMBER = RequestNumber("101")
ADVICE = "TVBOT_SERVICEDESK_WEB_URL"


class Tokens:
    """Access tokens from the simulated accounts server."""

    def __init__(self, zoho: ZohoOAuth) -> None:
        self._zoho = zoho
        self._token: Secret | None = None

    async def token(self) -> Secret:
        """Return the token, and request the first one."""
        return self._token or await self.renew(Secret(""))

    async def renew(self, refused: Secret) -> Secret:  # noqa: ARG002 - the port's
        """Request another token."""
        self._token = (await self._zoho.request_access_token()).access
        return self._token

    async def end(self, revoke: Callable[[Secret], Awaitable[None]]) -> None:
        """Call ``revoke`` with the token."""
        await revoke(await self.token())


@dataclass
class TenantWithClients:
    """A tenant of ServiceDesk Plus with one request. ``seconds`` is its clients' clock. ``off``: they may call nothing."""

    servicedesk: ServiceDeskSandbox
    http: HttpClient
    request_id: RequestId
    off: asyncio.Event
    seconds: float = 0.0

    def new_client(self, *, portal: str | None = None, in_url: str = "") -> ServiceDeskClient:
        """Return a client as a new process has it."""
        zoho = ZohoOAuth(
            self.http,
            self.servicedesk.accounts_url,
            self.servicedesk.client_id,
            Secret(self.servicedesk.client_secret),
            Secret(self.servicedesk.refresh_token),
        )
        return ServiceDeskClient(
            self.http,
            api_url=self.servicedesk.api_url,
            web_urls=[f"{self.servicedesk.web_url}{in_url}"],
            portal=portal,
            tokens=Tokens(zoho),
            monotonic=lambda: self.seconds,
        )

    def link(self, portal: str, request_id: str | None = None) -> str:
        """Return the link that a technician copies in a portal."""
        return f"{self.servicedesk.web_url}/app/{portal}/ui/requests/{request_id or self.request_id}/details"

    @property
    def link_without_portal(self) -> str:
        """The form of a link while the portal's name is unknown."""
        return f"{self.servicedesk.web_url}/ui/requests/{self.request_id}/details"

    @property
    def lookups(self) -> int:
        """How often the portals were listed."""
        return self.servicedesk.count_calls("portals.list")


@pytest.fixture
async def tenant() -> AsyncIterator[TenantWithClients]:
    servicedesk = ServiceDeskSandbox()
    await servicedesk.start()
    request_id = RequestId(servicedesk.add_request(NUMBER, "VPN fails", "Ann Lee", "ann@example.test"))

    off = asyncio.Event()

    async def gate() -> None:
        if off.is_set():
            raise NotAllowed(_("It is off."))

    async with new_http_client(timeout=5, gate=gate) as http:
        yield TenantWithClients(servicedesk, http, request_id, off)
    await servicedesk.stop()


async def test_link_of_a_request_opens_its_page(tenant: TenantWithClients) -> None:
    """Found by number, by id or by words, the request has the link that its page has in the browser."""
    client = tenant.new_client()
    by_number, by_id = await client.request(NUMBER), await client.request_by_id(tenant.request_id)
    (found,) = await client.search("VPN")
    assert {by_number.url, by_id.url, found.url} == {tenant.link("itdesk")}
    page = await send_request(tenant.http, "GET", by_number.url)
    assert (page.status_code, "VPN fails" in page.text) == (200, True)
    assert tenant.lookups == 1


async def test_default_portal_is_found_among_several(tenant: TenantWithClients) -> None:
    """It is the one whose requests the API returns, wherever it is in the list."""
    tenant.servicedesk.other_portals = ["hr", "facilities"]
    client = tenant.new_client()
    assert (await client.request(NUMBER)).url == tenant.link("itdesk")
    assert client.id_in(tenant.link("itdesk")) == tenant.request_id
    assert client.id_in(tenant.link("hr")) is None


async def test_default_portal_behind_the_first_page_is_found(tenant: TenantWithClients) -> None:
    """The first response has ten rows only."""
    tenant.servicedesk.other_portals = [f"portal{number}" for number in range(20)]
    assert (await tenant.new_client().request(NUMBER)).url == tenant.link("itdesk")
    assert tenant.lookups == 2


async def test_portal_is_learned_at_the_start(tenant: TenantWithClients) -> None:
    """A process that only receives events knows it before the first link comes."""
    tenant.servicedesk.other_portals = ["hr"]
    client = tenant.new_client()
    assert client.id_in(tenant.link("hr")) == tenant.request_id
    await client.learn_portal()
    assert client.id_in(tenant.link("hr")) is None
    assert tenant.lookups == 1


def refuse_portals(servicedesk: ServiceDeskSandbox) -> None:
    servicedesk.refuse_portals = True


def remove_portals(servicedesk: ServiceDeskSandbox) -> None:
    servicedesk.has_portals = False


@pytest.mark.parametrize("break_it", [refuse_portals, remove_portals])
async def test_refused_list_of_portals_is_logged_once_and_every_portal_is_recognized(
    tenant: TenantWithClients,
    capsys: pytest.CaptureFixture[str],
    break_it: Callable[[ServiceDeskSandbox], None],
) -> None:
    """Requests are found all the same. No token is spent on it, and the log says what to set."""
    break_it(tenant.servicedesk)
    client = tenant.new_client()
    for _time in range(3):
        assert (await client.request(NUMBER)).url == tenant.link_without_portal
        tenant.seconds += REFUSED_PAUSE_SECONDS
    assert tenant.lookups == 3
    assert tenant.servicedesk.count_calls("oauth.token") == 1
    logged = capsys.readouterr().out
    assert logged.count(ADVICE) == 1
    assert "/portals" not in logged
    assert client.id_in(tenant.link("itdesk")) == client.id_in(tenant.link("helpdesk")) == tenant.request_id


async def test_refused_list_of_portals_is_read_an_hour_later(tenant: TenantWithClients) -> None:
    """Not before: it would be refused again."""
    tenant.servicedesk.refuse_portals = True
    client = tenant.new_client()
    await client.learn_portal()
    tenant.servicedesk.refuse_portals = False
    tenant.seconds = REFUSED_PAUSE_SECONDS - 1
    assert (await client.request(NUMBER)).url == tenant.link_without_portal
    tenant.seconds = REFUSED_PAUSE_SECONDS
    assert (await client.request(NUMBER)).url == tenant.link("itdesk")


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.HTML, Fault.DROP])
async def test_failed_lookup_is_repeated_a_minute_later(tenant: TenantWithClients, fault: Fault) -> None:
    """Until then the link has no portal. The failure of the look-up is no failure of the request."""
    tenant.servicedesk.faults.plan("portals.list", fault)
    client = tenant.new_client()
    assert (await client.request(NUMBER)).url == tenant.link_without_portal
    tenant.seconds = DOWN_PAUSE_SECONDS - 1
    assert (await client.request(NUMBER)).url == tenant.link_without_portal
    tenant.seconds = DOWN_PAUSE_SECONDS
    assert (await client.request(NUMBER)).url == tenant.link("itdesk")


async def test_lookup_waits_as_long_as_the_rate_limit_asks(tenant: TenantWithClients) -> None:
    """Five minutes, seen in production traffic."""
    tenant.servicedesk.faults.plan("portals.list", Fault.RATE_LIMIT)
    client = tenant.new_client()
    await client.learn_portal()
    tenant.seconds = 299
    assert (await client.request(NUMBER)).url == tenant.link_without_portal
    tenant.seconds = 300
    assert (await client.request(NUMBER)).url == tenant.link("itdesk")


async def test_portal_is_learned_as_soon_as_the_integration_is_on(tenant: TenantWithClients) -> None:
    """While it is off, nothing is sent, and nothing has to be waited for."""
    tenant.off.set()
    client = tenant.new_client()
    await client.learn_portal()
    assert tenant.servicedesk.calls == []
    tenant.off.clear()
    assert (await client.request(NUMBER)).url == tenant.link("itdesk")


async def test_renamed_portal_is_noticed_after_a_day(tenant: TenantWithClients) -> None:
    """If the list is refused then, the old name stays."""
    client = tenant.new_client()
    await client.learn_portal()
    tenant.servicedesk.portal = "help"
    tenant.seconds = NAME_FRESH_SECONDS - 1
    assert (await client.request(NUMBER)).url == tenant.link("itdesk")
    tenant.servicedesk.refuse_portals = True
    tenant.seconds = NAME_FRESH_SECONDS
    assert (await client.request(NUMBER)).url == tenant.link("itdesk")
    tenant.servicedesk.refuse_portals = False
    tenant.seconds += REFUSED_PAUSE_SECONDS
    assert (await client.request(NUMBER)).url == tenant.link("help")
    assert client.id_in(tenant.link("help")) == tenant.request_id
    assert client.id_in(tenant.link("itdesk")) is None


async def test_portal_in_the_settings_is_not_looked_up(tenant: TenantWithClients) -> None:
    """Neither is one that the address names."""
    for client in (tenant.new_client(portal="itdesk"), tenant.new_client(in_url="/app/itdesk")):
        await client.learn_portal()
        assert (await client.request(NUMBER)).url == tenant.link("itdesk")
        assert client.id_in(tenant.link("hr")) is None
    assert tenant.lookups == 0


async def test_many_requests_at_once_make_one_lookup(tenant: TenantWithClients) -> None:
    client = tenant.new_client()
    requests = await asyncio.gather(*(client.request_by_id(tenant.request_id) for _call in range(9)))
    assert {request.url for request in requests} == {tenant.link("itdesk")}
    assert tenant.lookups == 1


ROW = {"id": ID, "display_id": "7", "subject": "VPN fails", "status": {"name": "Open"}}


async def test_slow_list_of_portals_does_not_hold_up_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """The request comes without the portal. The look-up goes on, and the next request has it."""
    monkeypatch.setattr("adapters.servicedesk.portal.WAIT_SECONDS", 0.01)
    may_answer, has_answered = asyncio.Event(), asyncio.Event()

    async def list_portals(request: web.Request) -> web.StreamResponse:
        await may_answer.wait()
        has_answered.set()
        return lists("portals", {"name": "itdesk", "is_default": True})(request)

    async def get_request(_request: web.Request) -> web.Response:
        return web.json_response({"response_status": SUCCESS, "request": ROW})

    app = web.Application()
    app.router.add_get("/api/v3/portals", list_portals)
    app.router.add_get(f"/api/v3/requests/{ID}", get_request)
    server = Server(app)
    url = await server.start()
    async with new_http_client(timeout=5) as http, asyncio.timeout(10):
        client = ServiceDeskClient(http, api_url=url, web_urls=[url], portal=None, tokens=FakeTokens())
        assert (await client.request_by_id(ID)).url == f"{url}/ui/requests/{ID}/details"
        may_answer.set()
        await has_answered.wait()
        monkeypatch.setattr("adapters.servicedesk.portal.WAIT_SECONDS", 10)
        assert (await client.request_by_id(ID)).url == f"{url}/app/itdesk/ui/requests/{ID}/details"
    await server.stop()


@pytest.mark.parametrize(
    ("portals", "name"),
    [
        ([{"name": "itdesk"}], "itdesk"),
        ([{"name": "hr", "is_default": False}], None),
        ([{"name": "hr"}, {"name": "itdesk"}], None),
        ([{"name": "", "is_default": True}], None),
        ([{"name": None, "is_default": True}], None),
        ([], None),
    ],
)
async def test_portal_is_the_default_one_only_if_the_list_says_so(
    portals: list[dict[str, object]], name: str | None
) -> None:
    """A wrong name would make links that do not open. The only portal needs no mark."""

    async def serve(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/portals"):
            return lists("portals", *portals)(request)
        return web.json_response({"response_status": SUCCESS, "request": ROW})

    app = web.Application()
    app.router.add_get("/{path:.*}", serve)
    server = Server(app)
    url = await server.start()
    async with new_http_client(timeout=5) as http:
        client = ServiceDeskClient(http, api_url=url, web_urls=[url], portal=None, tokens=FakeTokens())
        in_link = "" if name is None else f"/app/{name}"
        assert (await client.request_by_id(ID)).url == f"{url}{in_link}/ui/requests/{ID}/details"
    await server.stop()
