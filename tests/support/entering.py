"""What a browser gets at the page of an invitation."""

from dataclasses import dataclass

import aiohttp


@dataclass(frozen=True, slots=True)
class EnterAnswer:
    """The answer of the page. ``opens`` is the address that the browser goes to. Empty: none."""

    status: int
    text: str
    opens: str


async def open_way_in(address: str) -> EnterAnswer:
    """Open the page, as a browser does, and as programs do that check links."""
    async with aiohttp.ClientSession() as client, client.get(address) as answer:
        return await _read(answer)


async def press_enter(address: str, way: str = "app", *, site: str = "same-origin") -> EnterAnswer:
    """Send the form of the page, as its button does. ``site``: where the browser says that the form was."""
    async with aiohttp.ClientSession() as client:
        headers = {"Sec-Fetch-Site": site}
        async with client.post(address, data={"way": way}, headers=headers) as answer:
            return await _read(answer)


async def _read(answer: aiohttp.ClientResponse) -> EnterAnswer:
    opens = answer.headers.get("Refresh", "").partition("url=")[2]
    return EnterAnswer(answer.status, await answer.text(), opens)
