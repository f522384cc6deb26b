"""The whole story once more on the demo page, in a real browser, at desktop and at phone width."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, Route
from support.demo_page import TeamsPane, choose_request, in_a_browser, open_join_page, sees, sign_in
from support.screens import WIDTHS, find_axe_faults, find_cut_off

pytestmark = in_a_browser


async def say(page: Page, words: str) -> None:
    """Type a line and send it."""
    await page.get_by_label("Message").fill(words)
    await page.get_by_role("button", name="Send").click()


async def test_the_story_on_the_demo_page(demo: str, browser: Browser, tmp_path: Path) -> None:
    """``/tv auth``, ``/tv create 101``, the requester joins, the card turns to connected, and the session is ended."""
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(demo)
    await say(page, "/tv auth")
    await sign_in(page, page.get_by_role("link", name="Authorize TeamViewer"), "Tom Ray")
    await sees(page, "You are connected to TeamViewer")

    await say(page, "/tv create 101")
    await sees(page, "Waiting for Ann Lee")
    join = await open_join_page(page)
    await join.get_by_role("heading", name="Tom Ray is ready to help you").wait_for()
    await join.screenshot(path=tmp_path / "join.png")
    await join.get_by_role("link", name="Join the session").click()
    await join.get_by_role("button", name="Allow").click()
    await sees(page, "Ann Lee is there")
    async with page.expect_popup() as opening:
        await page.get_by_role("link", name="Enter").first.click()
    supporter = await opening.value
    await supporter.get_by_role("button", name="Connect").click()
    await sees(page, "Connected with Ann Lee")
    await page.screenshot(path=tmp_path / "connected.png")

    await page.get_by_role("button", name="End", exact=True).last.click()
    await page.get_by_role("button", name="End it").click()
    await sees(page, "Ended by Tom Ray")
    await page.screenshot(path=tmp_path / "ended.png")
    assert errors == []


async def connect(page: Page, name: str) -> None:
    """Connect the person who is chosen on the page, in any language."""
    await say(page, "/tv auth")
    await sign_in(page, page.locator("a.button", has_text="TeamViewer").last, name)


@pytest.mark.long
async def test_double_click_submits_a_form_once(demo: str, browser: Browser) -> None:
    """The second press comes before the page knows that the form is closed. It is no error, and no second session."""
    page = await browser.new_page(viewport={"width": 390, "height": 844})
    submits: list[str] = []
    page.on("request", lambda one: submits.append(one.url) if one.url.endswith("/demo/submit") else None)
    await page.goto(demo)
    await connect(page, "Tom Ray")
    await say(page, "/tv create")
    form = page.locator("#modal")
    await form.get_by_label("Request", exact=True).fill("103")
    await form.locator("select option").first.wait_for(state="attached")
    await form.get_by_role("button", name="Create").dblclick()
    await form.wait_for(state="hidden")
    await sees(page, "Waiting for Ann Lee")
    assert len(submits) == 1
    assert not await page.locator("#toast.error").count()


@pytest.mark.long
async def test_planned_session_and_its_form_are_accessible_and_whole(demo: str, browser: Browser) -> None:
    """The card, and the form that moves the session, at the widths of a phone, a tablet and a desk."""
    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    await page.goto(demo)
    await connect(page, "Tom Ray")
    await say(page, "/tv create 102 --at 31/12 23:45")
    move = page.locator("#messages").get_by_role("button", name="Move").last
    await move.wait_for()
    assert await find_axe_faults(page) == []
    await move.click()
    form = page.locator("#modal[open]")
    await form.locator("input[type=datetime-local]").wait_for()
    assert await find_axe_faults(page) == []
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        assert await find_cut_off(page) == [], width
    await page.keyboard.press("Escape")
    await form.wait_for(state="detached")


@pytest.mark.long
async def test_home_form_preview_and_administration_in_two_languages(
    demo: str, browser: Browser, tmp_path: Path
) -> None:
    """Everything apart from the commands, for the SDAdmin in English and for the technician in French."""
    page = await browser.new_page(viewport={"width": 1440, "height": 1000})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(demo)
    await connect(page, "Tom Ray")
    await sees(page, "You are connected to TeamViewer")
    await page.get_by_role("button", name="⚡ Create a session").click()
    await page.get_by_label("Request", exact=True).fill("Printer")
    await page.locator("#modal select option", has_text="#103").wait_for(state="attached")
    await page.get_by_label("Pilot session").check()
    await page.screenshot(path=tmp_path / "form.png")
    await page.get_by_role("button", name="Create", exact=True).click()
    await page.get_by_role("button", name="tvbot", exact=False).filter(has_text="✉").click()
    await sees(page, "Waiting for Ann Lee")
    await page.get_by_role("button", name="tvbot Home").click()
    await sees(page, "Your open sessions")
    await sees(page, "Administration")
    await page.screenshot(path=tmp_path / "home.png")

    await page.get_by_role("button", name="# helpdesk").click()
    await choose_request(page, "101", "VPN fails")
    await page.get_by_role("button", name="Paste in Slack").click()
    await page.get_by_role("button", name="Send").click()
    await sees(page.locator(".preview"), "VPN fails")
    await page.screenshot(path=tmp_path / "preview.png")

    await page.get_by_label("You are").select_option(label="Inès Moreau – technician")
    await connect(page, "Inès Moreau")
    await sees(page, "Votre compte TeamViewer est connecté")
    await say(page, "/tv create 102")
    await sees(page, "Waiting for Bruno Costa")
    await page.get_by_role("button", name="tvbot Home").click()
    await sees(page, "Vos sessions ouvertes")
    await page.screenshot(path=tmp_path / "home-fr.png")
    assert errors == []


@pytest.mark.long
async def test_the_demo_page_on_a_phone(demo: str, browser: Browser, tmp_path: Path) -> None:
    """Nothing is wider than the screen, and every pane is reached by its tab."""
    page = await browser.new_page(viewport={"width": 390, "height": 844})
    await page.goto(demo)
    await say(page, "/tv help")
    await page.get_by_text("Commands", exact=True).wait_for()
    for tab in ("Slack", "Teams", "Requester", "Request"):
        await page.get_by_role("button", name=tab, exact=True).click()
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), tab
        await page.screenshot(path=tmp_path / f"phone-{tab}.png")
    await page.get_by_role("heading", name="ServiceDesk Plus").wait_for()


async def press_where_it_is(page: Page, button: Locator) -> None:
    """Press the mouse on a button at once, whether it can be pressed or not."""
    box = await button.bounding_box()
    assert box is not None
    await page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


@pytest.mark.long
async def test_nothing_can_be_pressed_before_another_person_s_state_has_arrived(
    demo: str, browser: Browser
) -> None:
    """What is shown until then is somebody else's. A message would go to that person's own chat, and be refused."""
    page = await browser.new_page(viewport={"width": 390, "height": 844})
    is_asked, may_arrive = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        is_asked.set()
        await may_arrive.wait()
        await route.continue_()

    await page.goto(demo)
    await page.get_by_role("button", name="Teams", exact=True).click()
    teams = TeamsPane(page)
    own_chat = teams.pane.get_by_role("navigation").get_by_role("button", name="TVBot")
    await own_chat.wait_for()
    await page.route("**/demo/state*", hold)
    await page.get_by_label("You are").select_option(label="Inès Moreau – technician")
    await is_asked.wait()
    await press_where_it_is(page, own_chat)
    assert await teams.pane.get_by_role("heading", name="General").is_visible()
    assert not await page.locator("#teams-composer").is_visible()
    # The tabs belong to nobody, so they work. What they show is still somebody else's.
    await page.get_by_role("button", name="Slack", exact=True).click()
    assert not await page.locator("#composer").is_visible()

    may_arrive.set()
    await page.get_by_role("button", name="Teams", exact=True).click()
    await teams.go_to("TVBot")
    await teams.say("help")
    await teams.sees("Commandes")
