"""Links to requests as technicians copy them, with no portal in the settings: previews, forms, and the links that the bot writes."""

import re

import aiohttp
import pytest
from support.bot import RunningBot
from support.chat_user import ChatUser
from support.slack_user import until

_LINK = re.compile(r"http://127\.0\.0\.1:\d+[\w/.-]*/ui/requests/[\w/]+")


def page_of(user: ChatUser, number: str, portal: str = "itdesk") -> str:
    """Return the address of a request's page, without what may follow the id."""
    request_id = user.environment.servicedesk.requests[number].id
    return f"{user.environment.servicedesk.web_url}/app/{portal}/ui/requests/{request_id}"


async def open_page(url: str) -> tuple[int, str]:
    """Open a link in a browser. Return the status and the page."""
    async with aiohttp.ClientSession() as http, http.get(url) as response:
        return response.status, await response.text()


def test_no_portal_is_set(bot: RunningBot) -> None:
    """These are stories of the default configuration."""
    assert bot.bot.settings.servicedesk_portal is None


async def test_link_on_the_card_opens_the_request(connected: ChatUser) -> None:
    number, _session = await connected.create(subject="Open my page")
    (link,) = set(_LINK.findall(connected.text(connected.card(number))))
    assert link == f"{page_of(connected, number)}/details"
    status, page = await open_page(link)
    assert (status, "Open my page" in page) == (200, True)


@pytest.mark.parametrize(
    "rest", ["/details", "", "/", "?tab=conversations", "/details#last", "/tasks/7?sort=id#top"]
)
async def test_pasted_link_is_previewed(connected: ChatUser, rest: str) -> None:
    """In every form in which a browser shows it. The request's name on the preview links to its page."""
    number = connected.slack_user.new_request("Preview this form")
    url = f"{page_of(connected, number)}{rest}"
    assert (await open_page(url))[0] == 200
    await connected.paste_link(url)
    await until(lambda: "Preview this form" in connected.preview_of(url))
    assert f"{page_of(connected, number)}/details" in connected.preview_of(url)


async def test_link_to_another_portal_is_not_previewed(connected: ChatUser, bot: RunningBot) -> None:
    """Its ids belong to that portal: a request of ours with the same id would be the wrong one."""
    number = connected.slack_user.new_request("Not from here")
    for url in (
        f"{page_of(connected, number, 'hr')}/details",
        page_of(connected, number).replace("/requests/", "/changes/"),
    ):
        await connected.paste_link(url)
        await bot.settle()
        assert connected.preview_of(url) == ""


@pytest.mark.parametrize(
    "text", ["See {}/details?tab=conversations#last please", "It is ({}).", "{}/details, since this morning"]
)
async def test_form_from_a_message_has_the_request_of_its_link(connected: ChatUser, text: str) -> None:
    """*Help with TeamViewer* in Slack, *Create a session* on a message in Teams."""
    number = connected.slack_user.new_request("Linked in a message")
    form = await connected.open_form_on_message(text.format(page_of(connected, number)))
    assert re.search(rf"\b{number}\b", form.replace(page_of(connected, number), ""))


async def test_link_to_another_portal_does_not_fill_in_the_form(connected: ChatUser) -> None:
    """The number in the message does."""
    number, other = connected.slack_user.new_request(), connected.slack_user.new_request()
    link = page_of(connected, other, "hr")
    form = await connected.open_form_on_message(f"{link}/details#{other} is like #{number}")
    form = form.replace(link, "")
    assert re.search(rf"\b{number}\b", form)
    assert not re.search(rf"\b{other}\b", form)
