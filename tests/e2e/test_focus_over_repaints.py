"""A repaint of the demo page leaves the focus, what was typed, what was opened and the mail's document where they are."""

import pytest
from playwright.async_api import Browser, Page, expect
from support.demo_page import in_a_browser

pytestmark = [in_a_browser, pytest.mark.long]
_SET_UP = """
async () => {
  const { updateChildren } = await import("/demo/static/redraw.js");
  const { createTypeahead } = await import("/demo/static/typeahead.js");
  const box = document.createElement("div");
  box.id = "box";
  box.tabIndex = 0;
  document.querySelector("main").replaceChildren(box);
  const card = (version) => () => {
    const node = document.createElement("article");
    node.innerHTML = `<p>Version ${version}</p>
      <a href="#enter" data-action="enter">Enter ${version}</a>
      <button class="first">Same name</button><button class="second">Same name</button>
      <input type="text" aria-label="Subject"><textarea aria-label="Note"></textarea>
      <select aria-label="State"><option>open</option><option>closed</option></select>
      <label><input type="checkbox" name="pilot" value="yes">Pilot</label>
      <details><summary>More</summary><button class="inner">Inner</button></details>
      <button class="shows" aria-expanded="false">Shows</button>
      <pre tabindex="0" aria-label="Log" style="height: 30px; overflow: auto">1\\n2\\n3\\n4\\n5\\n6\\n7\\n8\\n9</pre>`;
    const shows = node.querySelector(".shows");
    shows.onclick = () => shows.setAttribute("aria-expanded", "true");
    const found = createTypeahead({ id: `found-${version}`, choices: [{ value: "101", title: "VPN fails" }], value: "" });
    node.append(found.node);
    node.readRequest = found.read;
    return node;
  };
  const mail = () => {
    const node = document.createElement("details");
    node.open = true;
    node.innerHTML = `<summary>Mail</summary><iframe title="Mail" srcdoc="<a href='#join'>Join</a>"></iframe>`;
    return node;
  };
  const news = () => Object.assign(document.createElement("p"), { textContent: "News" });
  window.repaint = (version) => updateChildren(box, [
    ...Array.from({ length: version }, (_one, index) => ({ key: `news ${version - index}`, version: "", draw: news })),
    { key: "card", version: String(version), draw: card(version) },
    { key: "mail", version: "", draw: mail },
  ]);
  window.repaint(1);
}
"""
_CONTROLS = [
    "[data-action=enter]",
    ".first",
    ".second",
    "[aria-label=Subject]",
    "[aria-label=Note]",
    "[aria-label=State]",
    "[name=pilot]",
    "summary:text('More')",
    ".inner",
    ".shows",
    "[aria-label=Log]",
    "[role=combobox]",
]


async def open_box(demo: str, browser: Browser) -> Page:
    """Open the demo page, with a card and a mail in its main part that the test repaints."""
    page = await browser.new_page()
    await page.goto(demo)
    await page.get_by_role("button", name="Run /tv auth").wait_for()
    # From now on only the test repaints.
    await page.route("**/demo/state*", lambda route: route.abort())
    await page.evaluate(_SET_UP)
    return page


async def test_repaint_keeps_the_focus_on_each_kind_of_control(demo: str, browser: Browser) -> None:
    """The card is drawn again while the focus is on a control of it, which says another text by then."""
    page = await open_box(demo, browser)
    for version, selector in enumerate(_CONTROLS, start=2):
        await page.locator("#box details").first.evaluate("(node) => { node.open = true; }")
        control = page.locator(f"#box {selector}")
        await control.focus()
        before = await control.element_handle()
        await page.evaluate("(version) => repaint(version)", version)
        assert not await before.evaluate("(node) => node.isConnected"), f"{selector} was not drawn again"
        await expect(control, selector).to_be_focused()


async def test_repaint_keeps_what_was_typed_chosen_opened_and_scrolled(demo: str, browser: Browser) -> None:
    """The caret too: somebody types on in the middle of a word."""
    page = await open_box(demo, browser)
    box = page.locator("#box")
    await box.get_by_label("Note").fill("two lines")
    await box.get_by_label("State").select_option("closed")
    await box.get_by_label("Pilot").check()
    await box.locator("summary", has_text="More").click()
    await box.locator(".shows").click()
    await box.locator("[role=combobox]").fill("VPN")
    await box.get_by_role("option", name="VPN fails").click()
    await box.get_by_label("Log").evaluate("(node) => { node.scrollTop = 20; }")
    await box.get_by_label("Subject").fill("VPN")
    await page.keyboard.press("ArrowLeft")
    await page.evaluate("repaint(2)")
    await page.keyboard.type("x")
    await expect(box.get_by_label("Subject")).to_have_value("VPxN")
    await expect(box.get_by_label("Note")).to_have_value("two lines")
    await expect(box.get_by_label("State")).to_have_value("closed")
    await expect(box.get_by_label("Pilot")).to_be_checked()
    await expect(box.locator(".inner")).to_be_visible()
    await expect(box.locator(".shows")).to_have_attribute("aria-expanded", "true")
    assert await box.locator("article").evaluate("(node) => node.readRequest()") == "101"
    assert await box.get_by_label("Log").evaluate("(node) => node.scrollTop") == 20


async def test_repaint_leaves_an_open_mail_alone(demo: str, browser: Browser) -> None:
    """The focus stays on the link in the mail, because its document is not loaded again."""
    page = await open_box(demo, browser)
    link = page.frame_locator("#box iframe").get_by_role("link", name="Join")
    await link.focus()
    await link.evaluate("(node) => { node.ownerDocument.mark = true; }")
    await page.evaluate("repaint(2)")
    await expect(link).to_be_focused()
    assert await link.evaluate("(node) => node.ownerDocument.mark")


async def test_control_that_is_gone_gives_the_focus_to_its_box(demo: str, browser: Browser) -> None:
    """Never to the page as a whole: Tab would begin at its top."""
    page = await open_box(demo, browser)
    await page.locator("#box .first").focus()
    await page.evaluate(
        "async () => (await import('/demo/static/redraw.js')).updateChildren(document.querySelector('#box'), [])"
    )
    await expect(page.locator("#box")).to_be_focused()


@pytest.mark.parametrize("is_gone", [False, True])
async def test_dialog_gives_the_focus_back_although_its_button_was_redrawn(
    demo: str, browser: Browser, *, is_gone: bool
) -> None:
    """Where the button is gone, its box has the focus."""
    page = await open_box(demo, browser)
    await page.locator("#box .second").focus()
    await page.evaluate(
        "async () => (await import('/demo/static/redraw.js')).openDialog(document.querySelector('#confirm'))"
    )
    await page.evaluate("repaint(2)")
    if is_gone:
        await page.evaluate(
            "async () => (await import('/demo/static/redraw.js')).updateChildren(document.querySelector('#box'), [])"
        )
    await page.keyboard.press("Escape")
    await expect(page.locator("#box" if is_gone else "#box .second")).to_be_focused()
