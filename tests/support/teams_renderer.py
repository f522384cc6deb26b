"""Microsoft's own renderer of Adaptive Cards in a browser, set up as Teams does, and a look for what is cut off.

Sizes and colours follow Teams' design guidelines for cards. How narrow a card gets is assumed: the width of the window
less the margins of a message.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page

RENDERER = Path(__file__).parent.parent / "data" / "renderer"
WIDEST_CARD = 466
"""Pixels of a card in a wide window, unless it asks for the full width."""
MARGIN = 16

_STYLE = """
body { margin: 0; font: 14px/20px "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; }
body.light { background: #f5f5f5; color: #242424; } body.light .card { background: #fff; }
body.dark { background: #1f1f1f; color: #fff; } body.dark .card { background: #292929; }
.card { contain: layout style; margin: 8px auto; box-sizing: border-box; border-radius: 6px; }
.ac-pushButton { font: 600 14px/20px inherit; padding: 5px 12px; min-width: 96px; height: 32px; border: 1px solid #888;
  border-radius: 4px; background: transparent; color: inherit; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; }
.ac-input { font: inherit; box-sizing: border-box; width: 100%; } p { margin: 0; }
"""
_DRAW = """([cards, width, widest, dark]) => {
    const ink = dark ? "#ffffff" : "#242424", subtle = dark ? "#adadad" : "#616161", grey = dark ? "#1f1f1f" : "#f0f0f0";
    const colors = Object.fromEntries(["default", "dark", "light", "accent", "good", "warning", "attention"].map(
        (name) => [name, { default: ink, subtle }]));
    const hostConfig = new AdaptiveCards.HostConfig({
        fontFamily: "inherit",
        fontSizes: { small: 12, default: 14, medium: 14, large: 18, extraLarge: 24 },
        lineHeights: { small: 16, default: 20, medium: 20, large: 24, extraLarge: 32 },
        spacing: { none: 0, small: 8, default: 12, medium: 12, large: 20, extraLarge: 24, padding: 16 },
        containerStyles: { default: { foregroundColors: colors, backgroundColor: "transparent" },
            emphasis: { foregroundColors: colors, backgroundColor: grey } },
        actions: { maxActions: 6, spacing: "default", buttonSpacing: 8, actionsOrientation: "horizontal",
            actionAlignment: "left", showCard: { actionMode: "inline", inlineTopMargin: 8 } },
        factSet: { title: { weight: "bolder", wrap: true, maxWidth: 150 }, value: { wrap: true }, spacing: 12 },
    });
    const markdown = window.markdownit();
    AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
        result.outputHtml = markdown.render(text);
        result.didProcess = true;
    };
    document.body.className = dark ? "dark" : "light";
    document.body.replaceChildren();
    for (const [name, json] of cards) {
        const card = new AdaptiveCards.AdaptiveCard();
        card.hostConfig = hostConfig;
        card.parse(json);
        const frame = document.createElement("div");
        frame.className = "card";
        frame.dataset.name = name;
        frame.style.width = `${json.msteams?.width === "full" ? width : Math.min(width, widest)}px`;
        document.body.append(frame);
        frame.append(card.render());
        card.updateLayout();
    }
}"""
_LOOK = """() => {
    const faults = [];
    // Numbers of requests, session codes, times, and durations with their units.
    const unit = /#\\d+|\\bs?\\d+(?:-\\d+)+|\\b\\d?\\d:\\d\\d\\b|\\b\\d+\\s(?:h|min|s)\\b/g;
    const lines = (one) => one.getBoundingClientRect().height / (parseFloat(getComputedStyle(one).lineHeight) || 20);
    const look = (frame, state) => {
        const box = frame.getBoundingClientRect();
        const report = (why, one) => faults.push({ card: frame.dataset.name + state, why,
            text: (one.value ?? one.innerText ?? "").slice(0, 60) });
        for (const one of frame.querySelectorAll("*")) {
            const size = one.getBoundingClientRect(), style = getComputedStyle(one);
            if (!size.width || !size.height || style.visibility === "hidden") continue;
            if (size.right > box.right + 1 || size.left < box.left - 1) report("stands out", one);
            const clips = style.overflowX !== "visible" || one instanceof HTMLInputElement;
            if (clips && one.scrollWidth > one.clientWidth + 1 && one.clientWidth) report("cut off at the side", one);
            const clamped = one.style.maxHeight || one instanceof HTMLTextAreaElement; // which scrolls, and shows that
            if (!clamped && style.overflowY !== "visible" && one.scrollHeight > one.clientHeight + 2 && one.clientHeight)
                report("cut off below", one);
            for (const text of one.childNodes) if (text.nodeType === Node.TEXT_NODE)
                for (const found of text.data.matchAll(unit)) {
                    const range = document.createRange();
                    range.setStart(text, found.index);
                    range.setEnd(text, found.index + found[0].length);
                    if (new Set([...range.getClientRects()].map((part) => Math.round(part.top))).size > 1)
                        report("broken in the middle", { innerText: found[0] });
                }
            if (one.classList.contains("ac-textBlock") && size.width < 100 && lines(one) > 3) report("squeezed", one);
        }
    };
    for (const frame of document.querySelectorAll(".card")) {
        look(frame, "");
        for (const button of frame.querySelectorAll("[aria-expanded=false]")) {
            button.click();
            look(frame, ", opened");
        }
    }
    return faults;
}"""


@dataclass(frozen=True, slots=True)
class CardFault:
    """Something of a card that a reader cannot read."""

    card: str
    why: str
    text: str


class TeamsRenderer:
    """A page with the renderer."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    async def open(cls, browser: Browser) -> "TeamsRenderer":
        """Load the renderer into a new page."""
        page = await browser.new_page()
        await page.set_content(f"<!doctype html><html lang=en><style>{_STYLE}</style><body></body></html>")
        for script in ("markdown-it.umd.min.js", "adaptivecards.min.js"):
            await page.add_script_tag(path=RENDERER / script)
        return cls(page)

    async def draw(self, cards: Sequence[tuple[str, Mapping[str, Any]]], width: int, *, dark: bool) -> None:
        """Draw cards, one below the other, in a window of a width in pixels."""
        await self.page.set_viewport_size({"width": width, "height": 800})
        await self.page.evaluate(_DRAW, [[list(one) for one in cards], width - 2 * MARGIN, WIDEST_CARD, dark])

    async def find_faults(self) -> list[CardFault]:
        """Return what is cut off, squeezed or stands out, also in what buttons open."""
        return [CardFault(**fault) for fault in await self.page.evaluate(_LOOK)]
