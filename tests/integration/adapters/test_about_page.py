"""The about page: public, in the reader's language, with the retention that is set."""

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest

from adapters.web.about import AboutPage
from adapters.web.server import WebServer, new_application
from bot.i18n import Language, _
from manifest.teams.app import TeamsManifest


@pytest.fixture
async def address() -> AsyncIterator[str]:
    app = new_application()
    AboutPage(timedelta(days=90), "fr").add_routes(app)
    server = WebServer(app, "127.0.0.1", 0)
    await server.start()
    yield f"http://127.0.0.1:{server.port}"
    await server.stop()


async def _read(url: str, language: str) -> str:
    async with (
        aiohttp.ClientSession() as browser,
        browser.get(url, headers={"Accept-Language": language}) as answer,
    ):
        assert answer.status == 200
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        return await answer.text()


async def test_every_page_in_the_teams_manifest_exists(address: str) -> None:
    """Each page answers, and has the anchor in its address."""
    developer = TeamsManifest(
        url="https://tvbot.example.com",
        app_id="12345678-90ab-cdef-1234-567890abcdef",
        servicedesk_urls=["https://sdp.example.com"],
        version="1.0.0",
    ).build()["developer"]
    for name in ("websiteUrl", "privacyUrl", "termsOfUseUrl"):
        path, _hash, anchor = developer[name].removeprefix("https://tvbot.example.com").partition("#")
        page = await _read(f"{address}{path}", "en")
        assert not anchor or f'id="{anchor}"' in page


async def test_about_page_states_the_retention(address: str) -> None:
    assert "90 days" in await _read(f"{address}/about", "en")


@pytest.mark.parametrize(
    ("wanted", "language"), [("en", "en"), ("fr-CA,en;q=0.5", "fr"), ("", "fr"), ("pt", "fr")]
)
async def test_about_page_is_in_the_browsers_language_or_the_organisations(
    address: str, wanted: str, language: str
) -> None:
    """The organisation's is French here."""
    page = await _read(f"{address}/about", wanted)
    assert f'<html lang="{language}">' in page
    assert Language(language).say(_("Terms of use")) in page
