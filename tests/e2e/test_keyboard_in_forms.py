"""The forms, cards and pages beside the main story, by the keyboard alone: each is reached, works, and keeps the focus."""

import re
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import pytest
from playwright.async_api import Browser, Error, Locator, Page
from support.demo_page import close_page, in_a_browser, running_demo
from support.keyboard import Keyboard

pytestmark = [in_a_browser, pytest.mark.long]
TOM, INES = "Tom Ray", "Inès Moreau"


@pytest.fixture
async def english_demo(tmp_path: Path) -> AsyncIterator[str]:
    """The demo, in which everybody reads English."""
    async with running_demo(tmp_path, "--language", "en") as url:
        yield url


class Chat:
    """One of the page's chats, and somebody at the keyboard. ``box`` shows the messages."""

    composer: str
    box: str
    channel: str
    own_chat: str
    slash: str

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keys = Keyboard(page)

    @classmethod
    async def at(cls, url: str, browser: Browser) -> Self:
        """Open the page."""
        context = await browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
        page = await context.new_page()
        await page.goto(url)
        await page.get_by_role("button", name="Run /tv auth").wait_for()
        return cls(page)

    async def say(self, words: str) -> None:
        """Type a command, and send it."""
        await self.keys.write(self.page.locator(self.composer), f"{self.slash}{words}", send=True)
        await self.keys.keep_focus()

    def button(self, name: str) -> Locator:
        """The newest button or link with this name."""
        shown = self.page.locator(f"{self.box} :is(a, button)").filter(visible=True)
        return shown.filter(has_text=re.compile(f"^{name}")).last

    async def sees(self, words: str) -> None:
        """Wait until a message says this."""
        await self.page.locator(self.box).get_by_text(words).last.wait_for()

    async def go_to(self, place: str) -> None:
        """Open the channel, or the own chat."""
        await self.keys.press(self.page.locator(place))
        await self.keys.keep_focus()

    async def connect(self, person: str) -> None:
        """Connect somebody's TeamViewer account in their own chat."""
        await self.keys.choose_person(person)
        await self.go_to(self.own_chat)
        await self.say("auth")
        sign_in = await self.keys.open(self.button("Authorize TeamViewer"))
        account = sign_in.page.get_by_role("radio", name=person)
        await sign_in.tab_to(sign_in.page.get_by_role("radio").first)
        while not await account.is_checked():
            await sign_in.page.keyboard.press("ArrowDown")
        await sign_in.press(sign_in.page.get_by_role("button", name="Allow"))
        await sign_in.page.get_by_role("heading", name="Connected", exact=True).wait_for()
        await close_page(sign_in.page)
        await self.sees("You are connected to TeamViewer")
        await self.go_to(self.channel)


class Slack(Chat):
    composer, box, slash = "#message-input", "#messages", "/tv "
    channel, own_chat = "#channels li:first-child button", "#channels li:last-child button"

    @property
    def form(self) -> Locator:
        return self.page.locator("#modal[open]")

    async def submit(self) -> None:
        """Send the form. The focus goes back to where the form was opened."""
        await self.keys.press(self.form.locator("#modal-submit"))
        await self.form.wait_for(state="detached")
        await self.keys.keep_focus()

    async def confirm(self) -> None:
        """Confirm what a button asks."""
        await self.keys.press(self.page.locator("#confirm[open] [value=yes]"))
        await self.keys.keep_focus()


class Teams(Chat):
    composer, box, slash = "#teams-input", "#teams-messages", ""
    channel, own_chat = (
        "#teams-conversations li:first-child button",
        "#teams-conversations li:last-child button",
    )

    def form(self, words: str) -> Locator:
        """The newest card that says this."""
        return self.page.locator(f"{self.box} .t-post").filter(has_text=words).last

    async def confirm(self) -> None:
        """Confirm what a button asks."""
        await self.keys.press(self.page.locator(f"{self.box} .ac-below button.ac-destructive:visible").last)
        await self.keys.keep_focus()


def shown(day: datetime) -> str:
    """Return a day as the page shows it."""
    return f"{day:%b} {day.day}, {day.year}"


def day_in(days: int) -> datetime:
    """Return a day to plan a session on."""
    return datetime.now(UTC) + timedelta(days=days)


async def type_moment(page: Page, day: datetime) -> None:
    """Type a day at 9:00 into the field for a moment that has the focus."""
    await page.keyboard.type(f"{day:%m%d%Y}")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.type("0900AM")


async def join_session(chat: Chat, requester: str) -> Keyboard:
    """Open the page of a requester from their mail, and join. Return the keyboard on the page, which stays open."""
    await chat.keys.write(chat.page.locator("#requester"), requester)
    summary = chat.page.locator("#mails summary").first
    if await chat.page.locator("#mails details[open]").count() == 0:
        await chat.keys.press(summary)
    link = (
        chat.page.locator("#mails").frame_locator("iframe").first.get_by_role("link", name="Join the session")
    )
    address = await link.get_attribute("href")
    assert address is not None
    join = Keyboard(await chat.page.context.new_page(), chat.keys.faults)
    await join.page.goto(address)
    await join.press(join.page.get_by_role("link", name="Join the session"))
    await join.press(join.page.get_by_role("button", name="Allow remote control"))
    await join.page.get_by_role("button", name="Allow remote control").wait_for(state="detached")
    await join.page.goto(address)
    await chat.go_to(chat.channel)
    # The bot has noticed it, so it asks for a rating later.
    await chat.sees("Ann Lee is there")
    return join


async def rate(join: Keyboard) -> None:
    """Rate a session that is over, on the requester's page."""
    await join.page.reload()
    await join.write(join.page.get_by_label("A comment, if you like"), "Quick and kind")
    await join.press(join.page.get_by_role("button", name="Yes, it helped"))
    await join.page.get_by_role("heading", name="Thank you").wait_for()
    await close_page(join.page)


async def enter_by_invitation(chat: Chat) -> None:
    """Open the way in of an invitation in the own chat, and enter."""
    way_in = await chat.keys.open(chat.button("Enter"))
    await way_in.press(way_in.page.get_by_role("button").first)
    await way_in.page.wait_for_load_state()
    await close_page(way_in.page)


async def take_session_over_and_end_it(chat: Chat) -> None:
    """As Tom Ray, who was invited: enter, accept the offer, and end the session. The requester joins meanwhile, and rates it."""
    await chat.sees("Invited: Tom Ray")
    await chat.keys.choose_person(TOM)
    await chat.go_to(chat.own_chat)
    await enter_by_invitation(chat)
    await chat.keys.press(chat.button("Accept"))
    await chat.keys.keep_focus()
    await chat.sees("You accepted the session")
    await chat.sees("is yours now")
    join = await join_session(chat, "Ann Lee")
    await chat.say("end 101")
    await chat.sees("Ended by Tom Ray")
    await rate(join)
    await chat.keys.expect_no_faults()


async def read_report(chat: Chat) -> None:
    """Open the report as a page, and tab through it."""
    await chat.say("admin report week")
    report = await chat.keys.open(chat.button("Open as a page"))
    await report.tab_to(report.page.get_by_role("link").last)
    await close_page(report.page)


async def search_for(chat: "Slack", number: str) -> None:
    """Type into the search of a form until it has a result: a busy bot may take longer than the three seconds that Slack waits."""
    result = chat.form.locator("select option").first
    await chat.keys.write(chat.form.locator("#in-request"), number)
    for _again in range(5):
        with suppress(Error):
            await result.wait_for(state="attached", timeout=5_000)
            return
        await chat.page.keyboard.press("Backspace")
        await chat.page.keyboard.type(number[-1])
    await result.wait_for(state="attached")


async def test_plan_in_slack(english_demo: str, browser: Browser) -> None:
    chat = await Slack.at(english_demo, browser)
    await chat.connect(INES)
    await chat.say("create")
    await search_for(chat, "103")
    await chat.keys.tab_to(chat.form.locator("input[type=datetime-local]"))
    await type_moment(chat.page, day_in(3))
    await chat.submit()
    await chat.sees(f"planned for {shown(day_in(3))}, 9:00 AM")
    await chat.keys.press(chat.button("Move"))
    await chat.form.wait_for()
    await type_moment(chat.page, day_in(4))
    await chat.submit()
    await chat.sees(f"planned for {shown(day_in(4))}, 9:00 AM")
    await chat.keys.press(chat.button("Cancel"))
    await chat.confirm()
    await chat.sees("cancelled")
    await chat.keys.expect_no_faults()


async def test_outage_in_slack(english_demo: str, browser: Browser) -> None:
    chat = await Slack.at(english_demo, browser)
    await chat.connect(INES)
    await chat.say("outage")
    await chat.form.locator("select option").first.wait_for(state="attached")
    await chat.page.keyboard.press("Tab")
    await chat.page.keyboard.press("ArrowDown")
    await chat.keys.write(chat.form.locator("#in-numbers"), "103")
    await chat.submit()
    await chat.sees("Outage: 2 requests — 2 waiting")
    await chat.keys.press(chat.button("Show mine"))
    await chat.keys.keep_focus()
    await chat.sees("Enter #103")
    await chat.keys.press(chat.button("End all"))
    await chat.confirm()
    await chat.sees("Outage: 2 requests — 2 ended")
    await chat.keys.expect_no_faults()


async def test_invitation_transfer_and_rating_in_slack(english_demo: str, browser: Browser) -> None:
    chat = await Slack.at(english_demo, browser)
    await chat.connect(TOM)
    await chat.connect(INES)
    await chat.say("create 101")
    await chat.sees("Waiting for Ann Lee")
    for command in ("invite", "transfer"):
        await chat.say(f"{command} 101")
        await chat.form.wait_for()
        await chat.page.keyboard.type("Tom")
        await chat.submit()
    await take_session_over_and_end_it(chat)


async def test_rules_and_report_in_slack(english_demo: str, browser: Browser) -> None:
    chat = await Slack.at(english_demo, browser)
    await chat.connect(TOM)
    await chat.say("admin policy")
    await chat.keys.press(chat.button("New rule"))
    await chat.keys.tab_to(chat.form.locator("input[type=radio]:checked"))
    await chat.page.keyboard.press("ArrowDown")
    await chat.keys.write(chat.form.locator("#in-site"), "Paris")
    await chat.submit()
    await chat.keys.press(chat.button("Add"))
    await chat.keys.keep_focus()
    await chat.sees("Rule 1 holds from now on")
    await chat.keys.press(chat.button("Remove"))
    await chat.confirm()
    await chat.sees("There are no rules")
    await read_report(chat)
    await chat.keys.expect_no_faults()


async def test_plan_in_teams(english_demo: str, browser: Browser) -> None:
    chat = await Teams.at(english_demo, browser)
    await chat.connect(INES)
    await chat.say(f'create 103 --at "{day_in(3):%Y-%m-%d} 9:00"')
    await chat.keys.press(chat.button("Move"))
    await chat.keys.keep_focus()
    await chat.go_to(chat.own_chat)
    form = chat.form("When is the session for request #103?")
    await chat.keys.tab_to(form.locator("input[type=date]"))
    await chat.page.keyboard.type(f"{day_in(4):%m%d%Y}")
    await chat.keys.press(form.get_by_role("button", name="Move"))
    await chat.keys.keep_focus()
    await form.wait_for(state="detached")
    await chat.go_to(chat.channel)
    await chat.sees(f"planned for {day_in(4):%a}, {shown(day_in(4))}")
    await chat.keys.press(chat.button("Cancel"))
    await chat.confirm()
    await chat.sees("cancelled")
    await chat.keys.expect_no_faults()


async def test_outage_in_teams(english_demo: str, browser: Browser) -> None:
    chat = await Teams.at(english_demo, browser)
    await chat.connect(INES)
    await chat.say("outage")
    form = chat.form("Numbers of requests")
    await chat.keys.write(form.locator("textarea").first, "101 103")
    await chat.keys.tab_to(form.locator("input[type=checkbox]"))
    await chat.page.keyboard.press("Space")
    await chat.keys.press(form.get_by_role("button", name="Create"))
    await chat.keys.keep_focus()
    await chat.sees("Outage: 2 requests — 2 waiting")
    await chat.keys.press(chat.button("Show mine"))
    await chat.keys.keep_focus()
    await chat.keys.press(chat.button("End all"))
    await chat.confirm()
    await chat.sees("Outage: 2 requests — 2 ended")
    await chat.keys.expect_no_faults()


async def test_invitation_transfer_and_rating_in_teams(english_demo: str, browser: Browser) -> None:
    chat = await Teams.at(english_demo, browser)
    await chat.connect(TOM)
    await chat.connect(INES)
    await chat.say("create 101")
    await chat.sees("Waiting for Ann Lee")
    for command, question, send in (
        ("invite", "Who should join the session", "Invite"),
        ("transfer", "Who takes over the session", "Offer"),
    ):
        await chat.say(f"{command} 101")
        await chat.go_to(chat.own_chat)
        form = chat.form(question)
        await chat.keys.write(form.locator("input"), "tom.ray@example.test")
        await chat.keys.press(form.get_by_role("button", name=send))
        await chat.keys.keep_focus()
        await form.wait_for(state="detached")
        await chat.go_to(chat.channel)
    await take_session_over_and_end_it(chat)


async def test_rules_and_report_in_teams(english_demo: str, browser: Browser) -> None:
    chat = await Teams.at(english_demo, browser)
    await chat.connect(TOM)
    await chat.go_to(chat.own_chat)
    await chat.say("admin policy")
    await chat.keys.press(chat.button("New rule"))
    await chat.keys.keep_focus()
    form = chat.form("Only for the site")
    await chat.keys.tab_to(form.locator("input[type=radio]:checked"))
    await chat.page.keyboard.press("ArrowDown")
    await chat.keys.write(form.get_by_label("Only for the site"), "Paris")
    await chat.keys.press(form.get_by_role("button", name="Try it"))
    await chat.keys.keep_focus()
    await chat.keys.press(chat.button("Add"))
    await chat.keys.keep_focus()
    await chat.sees("Rule 1 holds from now on")
    await chat.keys.press(chat.button("Remove"))
    await chat.confirm()
    await chat.sees("There are no rules")
    await read_report(chat)
    await chat.keys.expect_no_faults()
