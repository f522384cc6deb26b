"""A requester answers the question on their page after the end of a session."""

import aiohttp


async def rate(browser: aiohttp.ClientSession, page: str, *, helpful: str, comment: str) -> int:
    """Send the form of a requester's page, as a browser does. Return the HTTP status of the answer."""
    async with browser.get(page) as answer:
        html = await answer.text()
    form = html.split('name="form" value="')[1].split('"')[0]
    fields = {"form": form, "helpful": helpful, "comment": comment}
    async with browser.post(f"{page}/rating", data=fields) as answer:
        return answer.status
