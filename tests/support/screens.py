"""What can be wrong with a screen that works: axe's findings, and text that is cut off."""

from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
"""WCAG 2.2 AA, and what axe calls best practices."""
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


async def find_axe_faults(page: Page) -> list[str]:
    """Return what axe-core finds wrong on a page, without what is in its frames: mails are looked at by themselves."""
    options = {"runOnly": RULES, "resultTypes": ["violations"], "iframes": False}
    results: Any = await Axe().run(page, options=options)
    return [
        f"{found['id']}: {node['target']} {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for found in results.response["violations"]
        for node in found["nodes"]
    ]


async def find_cut_off(page: Page) -> list[str]:
    """Return the texts that are cut off, or beyond the right edge where nothing scrolls."""
    found: list[str] = await page.evaluate(_CUT_OFF)
    return found
