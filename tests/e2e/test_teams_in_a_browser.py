"""The story in Teams on the demo page, beside Slack, in a real browser: what one does in the one is seen in the other."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser
from support.demo_page import TeamsPane, choose_request, in_a_browser, open_join_page, sees

pytestmark = in_a_browser


@pytest.fixture
async def teams(demo: str, browser: Browser) -> AsyncIterator[TeamsPane]:
    """Tom Ray, an SDAdmin, at the page. Nothing on it may break or be refused by its policy."""
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.extend([message.text] * (message.type == "error")))
    await page.goto(demo)
    yield TeamsPane(page)
    assert errors == []


@pytest.mark.long
async def test_the_story_in_teams_is_followed_in_slack(teams: TeamsPane, tmp_path: Path) -> None:
    """``auth``, ``create 101``, the requester joins, the technician enters, both platforms say so; the session ends."""
    page = teams.page
    slack = page.get_by_role("region", name="Slack")
    await teams.authorize("Tom Ray")
    await teams.sees("You are connected to TeamViewer")
    await slack.get_by_role("button", name="tvbot Home").click()
    await teams.go_to("General")
    await teams.say("create 101")
    await teams.sees("Waiting for Ann Lee")
    await teams.pane.get_by_role("link", name="Enter", exact=True).wait_for()
    # The overview there shows it twice: beside the request, and as an open session.
    await sees(slack, "Waiting for Ann Lee")
    await page.screenshot(path=tmp_path / "waiting.png")

    join = await open_join_page(page)
    await join.get_by_role("link", name="Join the session").click()
    await join.get_by_role("button", name="Allow").click()
    await teams.sees("Ann Lee is there")
    async with page.expect_popup() as opening:
        await teams.pane.get_by_role("link", name="Enter", exact=True).click()
    supporter = await opening.value
    await supporter.get_by_role("button", name="Connect").click()
    await sees(supporter, "You are connected with Ann Lee")
    await teams.sees("Connected with Ann Lee")
    await sees(slack, "Connected with Ann Lee")
    await page.screenshot(path=tmp_path / "connected.png")

    await teams.button("End").click()
    await teams.button("End it").click()
    await teams.sees("Ended by Tom Ray")
    await sees(slack, "Ended by Tom Ray")
    await page.screenshot(path=tmp_path / "ended.png")


@pytest.mark.long
async def test_a_session_created_in_slack_is_ended_in_teams_in_french(
    teams: TeamsPane, tmp_path: Path
) -> None:
    """Both cards follow, in the technician's language; a colleague sees the same card without the way in."""
    page = teams.page
    slack = page.get_by_role("region", name="Slack")
    await page.get_by_label("You are").select_option(label="Inès Moreau – technician")
    await teams.authorize("Inès Moreau")
    await teams.sees("Votre compte TeamViewer est connecté")
    await slack.get_by_label("Message").fill("/tv create 102")
    await slack.get_by_role("button", name="Send").click()
    await sees(slack, "Waiting for Bruno Costa")
    await teams.go_to("General")
    await teams.say("show 102")
    await teams.pane.get_by_role("link", name="Entrer", exact=True).wait_for()
    await page.screenshot(path=tmp_path / "french.png")

    await page.get_by_label("You are").select_option(label="Tom Ray – SDAdmin")
    await teams.sees("Waiting for Bruno Costa")
    assert await teams.pane.get_by_role("link", name="Entrer", exact=True).count() == 0

    await page.get_by_label("You are").select_option(label="Inès Moreau – technician")
    await teams.pane.get_by_role("link", name="Entrer", exact=True).wait_for()
    await teams.button("Terminer").click()
    await teams.button("Terminer").click()
    await teams.sees("Ended by Inès Moreau")
    await sees(slack, "Ended by Inès Moreau")


@pytest.mark.long
async def test_forms_finds_and_previews_in_teams(teams: TeamsPane, tmp_path: Path) -> None:
    """The form finds a request while one types; the message extension posts one, and creates; a link shows its preview."""
    page, dialog = teams.page, teams.page.get_by_role("dialog")
    await teams.authorize("Tom Ray")
    await teams.sees("You are connected to TeamViewer")
    await teams.go_to("General")
    await teams.say("create")
    await teams.button("Create").click()
    await teams.sees("Choose a request.")
    await teams.pane.get_by_role("combobox").press_sequentially("printer")
    await teams.pane.get_by_role("option", name="#103").wait_for()
    await teams.pane.get_by_role("combobox").press("ArrowDown")
    await teams.pane.get_by_role("combobox").press("Enter")
    await teams.pane.get_by_role("radio", name="Pilot session").check()
    await page.screenshot(path=tmp_path / "form.png")
    await teams.button("Create").click()
    await teams.sees("Waiting for Ann Lee")

    await teams.act("Find a request")
    await dialog.get_by_role("searchbox", name="Request").fill("laptop")
    await page.screenshot(path=tmp_path / "find.png")
    await dialog.get_by_role("button", name="#102").click()
    await teams.sees("New laptop shows a blue screen")

    await teams.act("Create a session")
    await dialog.get_by_role("combobox", name="Request").press_sequentially("101")
    await dialog.get_by_role("option", name="#101").click()
    await page.screenshot(path=tmp_path / "dialog.png")
    await dialog.get_by_role("button", name="Create", exact=True).click()
    await sees(dialog, "Creating a remote session")
    await dialog.get_by_role("button", name="OK").click()

    await choose_request(page, "101", "VPN fails")
    await page.get_by_role("button", name="Paste in Teams").click()
    await sees(page.locator(".t-preview"), "VPN fails")
    await page.screenshot(path=tmp_path / "preview.png")
    await teams.button("Post in Teams").click()
    await teams.pane.get_by_role("link", name="Open the request").wait_for()


@pytest.mark.long
async def test_the_overview_in_teams_and_a_phone(teams: TeamsPane, tmp_path: Path) -> None:
    """Adding the app shows the overview with its switches; on a phone one pane shows at a time, and nothing is too wide."""
    page = teams.page
    await teams.go_to("TVBot")
    await teams.button("Add TVBot").click()
    await teams.sees("Administration")
    await page.screenshot(path=tmp_path / "overview.png")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.get_by_role("button", name="Teams", exact=True).click()
    await teams.say("help")
    await teams.sees("Commands")
    for place in ("TVBot", "General"):
        await teams.go_to(place)
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), place
        inner = (
            "(box) => [...box.querySelectorAll('*')].every((one) => one.getBoundingClientRect().right <= 390)"
        )
        assert await page.locator("#teams-messages").evaluate(inner), place
        await page.screenshot(path=tmp_path / f"phone-{place}.png")
    assert await page.get_by_role("region", name="Slack").count() == 0
