"""The simulated TeamViewer, and a browser with and without a signed-in account."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from support.teamviewer_browser import ANN, CALLBACK, Browser, Clock

from sandbox.teamviewer import TeamViewerSandbox


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sandbox(clock: Clock) -> AsyncIterator[TeamViewerSandbox]:
    sandbox = TeamViewerSandbox(now=clock, redirect_uris=[CALLBACK])
    sandbox.add_account(ANN, "Ann Example")
    sandbox.add_account("jon@example.com", "Jon Snow")
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def browser(sandbox: TeamViewerSandbox) -> AsyncIterator[Browser]:
    async with aiohttp.ClientSession() as http:
        yield Browser(sandbox, http)


@pytest.fixture
async def ann(browser: Browser) -> Browser:
    await browser.sign_in()
    return browser
