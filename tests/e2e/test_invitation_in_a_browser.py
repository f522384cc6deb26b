"""The page of an invitation in a real browser, at phone width, in each language: its button opens TeamViewer."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import web
from playwright.async_api import Browser
from support.bot_in_memory import BEN, BotInMemory
from support.demo_page import in_a_browser
from support.inviting import invitations, job_for
from support.screens import find_axe_faults, find_cut_off

from adapters.web.enter import EnterPage
from adapters.web.server import WebServer, new_application
from bot.model.secret import Secret
from bot.model.session import Session
from bot.values import replace

pytestmark = [in_a_browser, pytest.mark.long]


@dataclass
class OpenInvitation:
    """The page of an invitation, and the address that its button leads to."""

    bot: BotInMemory
    session: Session
    url: str
    teamviewer: str


async def _show_teamviewer(_request: web.Request) -> web.Response:
    return web.Response(text="<h1>TeamViewer</h1>", content_type="text/html")


@pytest.fixture
async def invitation() -> AsyncIterator[OpenInvitation]:
    """Serve the page at one origin, and TeamViewer's at another one."""
    outside = web.Application()
    outside.router.add_get("/{path:.*}", _show_teamviewer)
    teamviewer = WebServer(outside, "127.0.0.1", 0)
    await teamviewer.start()
    bot = BotInMemory()
    await bot.start()
    app = new_application()
    EnterPage(bot.services).add_routes(app)
    server = WebServer(app, "127.0.0.1", 0)
    await server.start()
    session = await bot.open_session()
    await bot.finish_job(await job_for(bot, session, BEN.email))
    link = f"http://127.0.0.1:{teamviewer.port}/v15/s1-secret"
    async with bot.unit_of_work.write() as tx:
        (made,) = await tx.invitations.of_session(session.id)
        known = await bot.session(session.id)
        await tx.sessions.save(_with_link(known, link), known=known)
    yield OpenInvitation(bot, session, f"http://127.0.0.1:{server.port}/enter/{made.token}", link)
    await server.stop()
    await teamviewer.stop()


def _with_link(session: Session, link: str) -> Session:
    return replace(session, supporter_link=Secret(link))


WORDS = {
    "en": ("invites you to this session", "Enter session", "This way in is closed"),
    "fr": ("vous invite à cette session", "Entrer dans la session", "Cet accès est fermé"),
}


@pytest.mark.parametrize("language", WORDS)
async def test_invited_technician_enters_by_the_button_and_not_after_the_withdrawal(
    invitation: OpenInvitation, browser: Browser, language: str
) -> None:
    title, enter, closed = WORDS[language]
    page = await browser.new_page(viewport={"width": 360, "height": 740}, locale=language)
    await page.goto(invitation.url)
    assert title in await page.get_by_role("heading").inner_text()
    assert "secret" not in await page.content()
    assert await find_axe_faults(page) == []
    assert await find_cut_off(page) == []
    await page.get_by_role("button", name=enter).click()
    await page.wait_for_url(invitation.teamviewer)
    async with invitation.bot.unit_of_work.write() as tx:
        (made,) = await tx.invitations.of_session(invitation.session.id)
        assert made.entered_at is not None
        await tx.invitations.save(made.withdrawn())
    await page.goto(invitation.url)
    assert await page.get_by_role("heading").inner_text() == closed
    assert await find_axe_faults(page) == []
    assert len(await invitations(invitation.bot, invitation.session)) == 1
