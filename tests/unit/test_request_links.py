"""Links to requests: which ones are recognized, how they are taken apart, and how they are written."""

from collections.abc import AsyncIterator

import pytest
from support.servicedesk_script import ID, FakeTokens

from adapters.http import HttpClient, new_http_client
from adapters.servicedesk.client import ServiceDeskClient
from adapters.servicedesk.request_links import RequestLink, RequestLinks

DESK = "https://helpdesk.example.com"
WEB_URLS = [
    DESK,
    "https://sdpondemand.manageengine.com",
    "https://acme.sdpondemand.manageengine.eu",
    "https://servicedeskplus.net.au",
    "https://desk.example.org:8443",
]
LINKS = RequestLinks(WEB_URLS)

REAL_LINKS: list[tuple[str, str | None]] = [
    # The address of a request's page, at each address and in several portals.
    (f"https://helpdesk.example.com/app/itdesk/ui/requests/{ID}/details", "itdesk"),
    (f"https://sdpondemand.manageengine.com/app/itdesk/ui/requests/{ID}/details", "itdesk"),
    (f"https://acme.sdpondemand.manageengine.eu/app/itdesk/ui/requests/{ID}/details", "itdesk"),
    (f"https://servicedeskplus.net.au/app/itdesk/ui/requests/{ID}/details", "itdesk"),
    (f"https://desk.example.org:8443/app/itdesk/ui/requests/{ID}/details", "itdesk"),
    (f"{DESK}/app/hr/ui/requests/{ID}/details", "hr"),
    (f"{DESK}/app/it_desk-2/ui/requests/{ID}/details", "it_desk-2"),
    (f"{DESK}/app/ITDesk/ui/requests/{ID}/details", "ITDesk"),
    (f"{DESK}/app/facilities.emea/ui/requests/{ID}/details", "facilities.emea"),
    (f"{DESK}/app/it%20desk/ui/requests/{ID}/details", "it desk"),
    (f"{DESK}/app/d%C3%A9pannage/ui/requests/{ID}/details", "dépannage"),
    (f"{DESK}/app/dépannage/ui/requests/{ID}/details", "dépannage"),
    # Cut off behind the id.
    (f"{DESK}/app/itdesk/ui/requests/{ID}", "itdesk"),
    (f"{DESK}/app/itdesk/ui/requests/{ID}/", "itdesk"),
    (f"{DESK}/app/itdesk/ui/requests/{ID}/details/", "itdesk"),
    # Another tab of the page, or a further path.
    (f"{DESK}/app/itdesk/ui/requests/{ID}/details/conversations", "itdesk"),
    (f"{DESK}/app/itdesk/ui/requests/{ID}/resolution", "itdesk"),
    (f"{DESK}/app/itdesk/ui/requests/{ID}/tasks/216826000006437099", "itdesk"),
    (f"{DESK}/app/itdesk/ui/requests/{ID}/worklogs/", "itdesk"),
    (f"{DESK}/app/itdesk/ui/requests/{ID}/history.all", "itdesk"),
    (f"{DESK}/app/itdesk/ui/requests/{ID}/details/caf%C3%A9", "itdesk"),
    # With a query.
    (f"{DESK}/app/itdesk/ui/requests/{ID}?tab=conversations", "itdesk"),
    (f"{DESK}/app/itdesk/ui/requests/{ID}/?tab=conversations", "itdesk"),
    (f"{DESK}/app/itdesk/ui/requests/{ID}/details?tab=conversations", "itdesk"),
    (f"{DESK}/app/itdesk/ui/requests/{ID}/details?tab=tasks&sort=-created_time", "itdesk"),
    (f"{DESK}/app/itdesk/ui/requests/{ID}/details?tab=tasks&amp;from=mail", "itdesk"),
    (f"{DESK}/app/itdesk/ui/requests/{ID}?", "itdesk"),
    (f"{DESK}/app/itdesk/ui/requests/{ID}/details?next=/app/hr/ui/requests/7", "itdesk"),
    (f"{DESK}/app/itdesk/ui/requests/{ID}/details?from=ann@example.com", "itdesk"),
    (f"{DESK}/app/itdesk/ui/requests/{ID}/details?path=..%2F..", "itdesk"),
    # With a fragment.
    (f"{DESK}/app/itdesk/ui/requests/{ID}#conversations", "itdesk"),
    (f"{DESK}/app/itdesk/ui/requests/{ID}/details#", "itdesk"),
    (f"{DESK}/app/itdesk/ui/requests/{ID}/details#note-216826000006437100", "itdesk"),
    (f"{DESK}/app/itdesk/ui/requests/{ID}/details?tab=history#entry/2", "itdesk"),
    # The host and the scheme in any case, and the port that the scheme has anyway.
    (f"https://HELPDESK.EXAMPLE.COM/app/itdesk/ui/requests/{ID}/details", "itdesk"),
    (f"https://SDPOnDemand.ManageEngine.com/app/itdesk/ui/requests/{ID}/details", "itdesk"),
    (f"HTTPS://Helpdesk.Example.com/app/itdesk/ui/requests/{ID}/details?tab=conversations", "itdesk"),
    (f"https://helpdesk.example.com:443/app/itdesk/ui/requests/{ID}/details", "itdesk"),
    (f"https://Desk.Example.org:8443/app/itdesk/ui/requests/{ID}#tasks", "itdesk"),
    # Typed by hand, without https.
    (f"http://helpdesk.example.com/app/itdesk/ui/requests/{ID}/details", "itdesk"),
    (f"http://helpdesk.example.com:80/app/itdesk/ui/requests/{ID}", "itdesk"),
    # Without a portal: accepted since the first version, seen in no tenant.
    (f"{DESK}/ui/requests/{ID}/details", None),
    (f"{DESK}/ui/requests/{ID}", None),
    (f"https://SERVICEDESKPLUS.net.au/ui/requests/{ID}?tab=tasks#top", None),
]

OTHER_LINKS = [
    # Another host, or a host that only looks like one of the addresses.
    f"https://elsewhere.example.com/app/itdesk/ui/requests/{ID}/details",
    f"https://example.com/app/itdesk/ui/requests/{ID}/details",
    f"https://evil-helpdesk.example.com/app/itdesk/ui/requests/{ID}/details",
    f"https://evilhelpdesk.example.com/app/itdesk/ui/requests/{ID}/details",
    f"https://sub.helpdesk.example.com/app/itdesk/ui/requests/{ID}/details",
    f"https://helpdesk.example.com.evil.com/app/itdesk/ui/requests/{ID}/details",
    f"https://helpdesk.example.comevil.com/app/itdesk/ui/requests/{ID}/details",
    f"https://helpdesk.example.com-evil.com/app/itdesk/ui/requests/{ID}/details",
    f"https://evil.com/helpdesk.example.com/app/itdesk/ui/requests/{ID}/details",
    f"https://evil.com/?u=https://helpdesk.example.com/app/itdesk/ui/requests/{ID}/details",
    f"https://evil.com/#https://helpdesk.example.com/app/itdesk/ui/requests/{ID}/details",
    f"https://helpdesk.example.com\\.evil.com/app/itdesk/ui/requests/{ID}/details",
    f"https://evil.com\\@helpdesk.example.com/app/itdesk/ui/requests/{ID}/details",
    f"https://sdpondemand.manageengine.eu/app/itdesk/ui/requests/{ID}/details",
    # A user name or password before the host.
    f"https://ann@helpdesk.example.com/app/itdesk/ui/requests/{ID}/details",
    f"https://ann:secret@helpdesk.example.com/app/itdesk/ui/requests/{ID}/details",
    f"https://helpdesk.example.com@evil.com/app/itdesk/ui/requests/{ID}/details",
    f"https://helpdesk.example.com:443@evil.com/app/itdesk/ui/requests/{ID}/details",
    # Another port.
    f"https://helpdesk.example.com:8443/app/itdesk/ui/requests/{ID}/details",
    f"https://helpdesk.example.com:80/app/itdesk/ui/requests/{ID}/details",
    f"https://helpdesk.example.com:0/app/itdesk/ui/requests/{ID}/details",
    f"https://desk.example.org/app/itdesk/ui/requests/{ID}/details",
    f"https://helpdesk.example.com:port/app/itdesk/ui/requests/{ID}/details",
    f"https://helpdesk.example.com:99999/app/itdesk/ui/requests/{ID}/details",
    # Another scheme, or none.
    f"ftp://helpdesk.example.com/app/itdesk/ui/requests/{ID}/details",
    f"javascript://helpdesk.example.com/app/itdesk/ui/requests/{ID}/details",
    f"helpdesk.example.com/app/itdesk/ui/requests/{ID}/details",
    f"//helpdesk.example.com/app/itdesk/ui/requests/{ID}/details",
    f"/app/itdesk/ui/requests/{ID}/details",
    # Another module, or another page of this one.
    f"{DESK}/app/itdesk/ui/changes/{ID}/details",
    f"{DESK}/app/itdesk/ui/problems/{ID}/details",
    f"{DESK}/app/itdesk/ui/solutions/{ID}",
    f"{DESK}/app/itdesk/ui/assets/{ID}?from=/ui/requests/{ID}",
    f"{DESK}/app/itdesk/ui/requests/list",
    f"{DESK}/app/itdesk/ui/requests/new?template={ID}",
    f"{DESK}/app/itdesk/ui/requests/",
    f"{DESK}/app/itdesk/ui/requests",
    f"{DESK}/app/itdesk/ui/requests?id={ID}",
    f"{DESK}/app/itdesk/ui/myrequests/{ID}",
    f"{DESK}/app/itdesk/api/v3/requests/{ID}",
    f"{DESK}/app/itdesk/ui/archive/requests/{ID}/details",
    f"{DESK}/app/itdesk/ui/requests/{ID}x/details",
    f"{DESK}/app/itdesk/ui/requests/x{ID}/details",
    f"{DESK}/app/itdesk/ui/requests/-{ID}",
    f"{DESK}/app/itdesk/ui/requests/٢١٦/details",
    f"{DESK}/app/itdesk/ui/requests/{'9' * 31}",
    # Another path in front.
    f"{DESK}/app/ui/requests/{ID}/details",
    f"{DESK}/app//ui/requests/{ID}/details",
    f"{DESK}//app/itdesk/ui/requests/{ID}/details",
    f"{DESK}/x/app/itdesk/ui/requests/{ID}/details",
    f"{DESK}/app/itdesk/hr/ui/requests/{ID}/details",
    # Encoded slashes, and paths that lead elsewhere once a browser or a server has read them.
    f"{DESK}/app/itdesk/ui/requests%2F{ID}/details",
    f"{DESK}/app/itdesk/ui/requests/{ID}%2Fdetails",
    f"{DESK}/app%2Fitdesk/ui/requests/{ID}/details",
    f"{DESK}/app/it%2Fdesk/ui/requests/{ID}/details",
    f"{DESK}/app/it%5cdesk/ui/requests/{ID}/details",
    f"{DESK}/app/itdesk/ui/requests/{ID}/..%2f7",
    f"{DESK}/app/itdesk/ui/requests/{ID}/../7",
    f"{DESK}/app/itdesk/ui/requests/{ID}/%2e%2E/7",
    f"{DESK}/app/itdesk/ui/requests/{ID}/..",
    f"{DESK}/app/../ui/requests/{ID}/details",
    f"{DESK}/app/itdesk/ui/requests/{ID}\\..\\7",
    # No address at all.
    f" {DESK}/app/itdesk/ui/requests/{ID}/details",
    f"{DESK}/app/itdesk/ui/requests/{ID}/details here",
    f"{DESK}/app/itdesk/ui/\nrequests/{ID}/details",
    f"{DESK}/app/itdesk/ui/requests/\t{ID}/details",
    f"https://[::1/app/itdesk/ui/requests/{ID}/details",
    ID,
    "",
]


def test_table_has_at_least_forty_real_forms() -> None:
    assert len({url for url, _portal in REAL_LINKS}) >= 40
    assert not {url for url, _portal in REAL_LINKS} & set(OTHER_LINKS)


@pytest.mark.parametrize(("url", "portal"), REAL_LINKS)
def test_real_link_is_taken_apart_and_put_together_again(url: str, portal: str | None) -> None:
    """What is put together has the form of the tenants, at the first address, and reads the same."""
    link = LINKS.parse(url)
    assert link == RequestLink(ID, portal)
    written = LINKS.build(link.request_id, link.portal)
    assert written.startswith(f"{DESK}/")
    assert written.endswith(f"/ui/requests/{ID}/details")
    assert LINKS.parse(written) == link


@pytest.mark.parametrize("url", OTHER_LINKS)
def test_other_link_is_not_recognized(url: str) -> None:
    assert LINKS.parse(url) is None


def test_link_has_the_form_that_tenants_have() -> None:
    assert LINKS.build(ID, "itdesk") == f"{DESK}/app/itdesk/ui/requests/{ID}/details"
    assert LINKS.build(ID, "it desk/é") == f"{DESK}/app/it%20desk%2F%C3%A9/ui/requests/{ID}/details"
    assert LINKS.build(ID, None) == f"{DESK}/ui/requests/{ID}/details"


@pytest.mark.parametrize(
    ("web_urls", "portal"),
    [
        ([DESK], None),
        ([f"{DESK}/app/itdesk"], "itdesk"),
        ([f"{DESK}/app/it%20desk/"], "it desk"),
        ([DESK, "https://sdpondemand.manageengine.com/app/itdesk"], "itdesk"),
    ],
)
def test_address_with_a_portal_names_it(web_urls: list[str], portal: str | None) -> None:
    """The portal is no part of the address: links to other portals are read too, and are told apart later."""
    links = RequestLinks(web_urls)
    assert links.portal == portal
    assert links.build(ID, "hr") == f"{DESK}/app/hr/ui/requests/{ID}/details"
    assert links.parse(f"{DESK}/app/hr/ui/requests/{ID}/details") == RequestLink(ID, "hr")


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    """A client without a server: whether a link is a request's is decided without any call."""
    async with new_http_client() as http:
        yield http


@pytest.mark.parametrize(
    ("portal", "web_url", "path", "is_ours"),
    [
        # The portal is in the settings.
        ("itdesk", DESK, "/app/itdesk/ui", True),
        ("itdesk", DESK, "/app/ITDesk/ui", True),
        ("itdesk", DESK, "/app/hr/ui", False),
        ("itdesk", DESK, "/app/itdesk2/ui", False),
        ("itdesk", DESK, "/app/i/ui", False),
        ("it desk", DESK, "/app/it%20desk/ui", True),
        # It may be another portal than the default one.
        ("itdesk", DESK, "/ui", False),
        # The address names the default portal.
        (None, f"{DESK}/app/itdesk", "/app/itdesk/ui", True),
        (None, f"{DESK}/app/itdesk", "/app/hr/ui", False),
        (None, f"{DESK}/app/itdesk", "/ui", True),
        # The default portal is not known yet: the look-up of the id decides.
        (None, DESK, "/app/itdesk/ui", True),
        (None, DESK, "/app/hr/ui", True),
        (None, DESK, "/ui", True),
    ],
)
async def test_link_to_another_portal_is_none_of_ours(
    http: HttpClient, portal: str | None, web_url: str, path: str, *, is_ours: bool
) -> None:
    """A long id belongs to one portal."""
    servicedesk = ServiceDeskClient(
        http, api_url=DESK, web_urls=[web_url], portal=portal, tokens=FakeTokens()
    )
    assert servicedesk.id_in(f"{DESK}{path}/requests/{ID}/details") == (ID if is_ours else None)
