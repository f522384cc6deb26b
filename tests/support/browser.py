"""What a technician's browser does when they sign in at TeamViewer."""

import aiohttp

from sandbox.environment import Environment


def new_browser() -> aiohttp.ClientSession:
    """Return a browser that keeps the cookies of the bot, which is at a loopback address here."""
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))


async def sign_in(environment: Environment, start_url: str, email: str) -> str:
    """Follow the Authorize button, allow access as ``email``, come back, and say that it is theirs where that is asked."""
    async with new_browser() as browser:
        async with browser.get(start_url, allow_redirects=False) as answer:
            assert answer.status == 302, await answer.text()
            authorize_url = answer.headers["Location"]
        back = await environment.teamviewer.approve_sign_in(authorize_url, email)
        async with browser.get(back) as answer:
            page = await answer.text()
        if 'name="confirmation"' not in page:
            return page
        confirmation = page.split('name="confirmation" value="')[1].split('"')[0]
        confirm_url = back.split("/callback")[0] + "/confirm"
        async with browser.post(confirm_url, data={"confirmation": confirmation}) as answer:
            return await answer.text()
