"""What can be wrong with a screen that works: axe's findings, and text that is cut off."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
"""WCAG 2.2 AA, and what axe calls best practices."""
_AXE = Axe()
_RUN_AXE = r"""
async ([within, options]) => {
  const { violations } = await axe.run(within ? document.querySelector(within) : document, options);
  return violations.flatMap((found) => found.nodes.map((node) =>
    `${found.id}: ${JSON.stringify(node.target)} ${node.html.slice(0, 160)} ${(node.failureSummary || "").slice(0, 200)}`));
}
"""
_CUT_OFF = r"""
() => {
  const scrolls = (node) => node && (["auto", "scroll"].includes(getComputedStyle(node).overflowX) || scrolls(node.parentElement));
  const isHidden = (node) => node.clientWidth === 1 || node.closest(".visually-hidden, .skip, [hidden], [inert]") || !node.checkVisibility({ visibilityProperty: true });
  const hasText = (node) => [...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
  const clips = (node) => ["hidden", "clip"].includes(getComputedStyle(node).overflowX) && node.scrollWidth > node.clientWidth + 1;
  return [...document.body.querySelectorAll("*")].filter((node) => hasText(node) && !isHidden(node)).filter((node) => {
    const right = node.getBoundingClientRect().right;
    return clips(node) || (right > innerWidth + 1 && !scrolls(node.parentElement));
  }).map((node) => `${node.tagName} ${node.className}: ${node.textContent.trim().slice(0, 60)}`);
}
"""


async def find_axe_faults(
    page: Page, *, contrast_alone: bool = False, within: str | None = None
) -> list[str]:
    """Return what axe-core finds wrong on a page, without what is in its frames: mails are looked at by themselves.

    ``within``: a part of the page, by its selector.
    """
    only = (
        {"type": "rule", "values": ["color-contrast"]} if contrast_alone else {"type": "tag", "values": RULES}
    )
    options = {"runOnly": only, "resultTypes": ["violations"], "iframes": False}
    # It is long, so a page that was looked at before does not load it again.
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(_AXE.axe_script)
    found: list[str] = await page.evaluate(_RUN_AXE, [within, options])
    return found


async def find_cut_off(page: Page) -> list[str]:
    """Return the texts that are cut off, or beyond the right edge where nothing scrolls."""
    found: list[str] = await page.evaluate(_CUT_OFF)
    return found


WIDTHS = (390, 768, 1440)
"""Widths of a phone, a tablet and a desk, in CSS pixels."""
_MISSED_BY_TAB = r"""
() => [...document.querySelectorAll("a[href], button, summary, input:not([type=hidden])")]
  .filter((node) => node.checkVisibility({ visibilityProperty: true }) && !node.disabled && !node.dataset.focused)
  // Of a group of radio buttons, Tab reaches the chosen one, and the arrow keys the others.
  .filter((node) => !(node.type === "radio" && !node.checked)).map((node) => node.outerHTML.slice(0, 120))
"""

_NOTE_FOCUS = """
() => {
  window.wasRedrawn = false;
  addEventListener("focusin", (event) => { event.target.dataset.focused = "yes"; });
  new MutationObserver(() => { wasRedrawn = true; }).observe(document.body, { childList: true, subtree: true });
}
"""
_MOST_WALKS = 5


async def find_faults_of_page(page: Page) -> list[str]:
    """Return what is wrong with a page by itself: in light and dark, at every width, and with the keyboard."""
    faults = [] if await page.locator("h1").count() == 1 else ["not one h1"]
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": 900})
            faults += [f"{scheme}, {width}: {one}" for one in await find_cut_off(page)]
        faults += [f"{scheme}: {one}" for one in await find_axe_faults(page)]
    faults += [f"Tab does not reach {one}" for one in await _find_missed_by_tab(page)]
    return [f"{await page.title()}: {one}" for one in faults]


async def _find_missed_by_tab(page: Page) -> list[str]:
    """Press Tab through the page, and return the controls that never had the focus.

    A control that was drawn again after Tab had been there looks as if it had never had the focus. Then Tab goes through once more.
    """
    await page.evaluate(_NOTE_FOCUS)
    for _walk in range(_MOST_WALKS):
        await page.evaluate("wasRedrawn = false; document.activeElement.blur()")
        for _press in range(await page.locator("a[href], button, summary, input").count() + 1):
            await page.keyboard.press("Tab")
        missed: list[str] = await page.evaluate(_MISSED_BY_TAB)
        if not missed or not await page.evaluate("wasRedrawn"):
            return missed
    raise AssertionError("the page is drawn again all the time")
