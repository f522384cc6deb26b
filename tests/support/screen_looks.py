"""Looks at the screens that a crawl of the demo page reaches, at every width: what is cut off, not accessible or not translated."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from babel.messages.pofile import read_po
from playwright.async_api import Page
from support.screens import WIDTHS, find_axe_faults, find_cut_off

_LOCALES = Path(__file__).parents[2] / "bot" / "locales"
_FEWEST_CHARACTERS = 20
"""Characters of a piece of a sentence that is looked for: a shorter one may be a name, or be the same in both languages."""
PHONE, DESK = WIDTHS[0], WIDTHS[-1]
HEIGHT = 900


@dataclass(slots=True)
class ScreenLooks:
    """Looks at the screens of one page, each kind of screen once. ``faults`` is what was found."""

    page: Page
    language: str
    faults: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _dialogs: set[str] = field(default_factory=set)

    async def look_after_press(self, pane: str, key: str) -> None:
        """Look at what came of a press, unless a screen with the same words was looked at before."""
        kind = await self.page.evaluate("(pane) => crawl.describeScreen(pane)", pane)
        if kind in self._seen:
            return
        self._seen.add(kind)
        self._note(key, await self._find_cut_off_at_every_width(pane))
        dialog = self.page.locator("dialog[open] h2")
        if await dialog.count() and (title := await dialog.last.inner_text()) not in self._dialogs:
            self._dialogs.add(title)
            self._note(key, await find_axe_faults(self.page))

    async def look_at_place(self, pane: str, where: str) -> None:
        """Look at everything that a place shows by now: at a desk, at a phone, and in dark colours."""
        self._note(f"{where}, {DESK}", await find_axe_faults(self.page, within=f"#pane-{pane}"))
        self._note(where, await self._find_cut_off_at_every_width(pane))
        await self._resize(PHONE)
        self._note(f"{where}, {PHONE}", await find_axe_faults(self.page))
        await self.page.emulate_media(color_scheme="dark")
        self._note(f"{where}, dark", await find_axe_faults(self.page, contrast_alone=True))
        await self.page.emulate_media(color_scheme="light")
        await self._resize(DESK)

    async def look_at_other_page(self, other: Page, key: str) -> None:
        """Look at a page that a link opened, unless one with the same words was looked at before."""
        kind = re.sub(r"\S*\d\S*", "#", await other.locator("body").inner_text())
        if kind in self._seen:
            return
        self._seen.add(kind)
        if not await other.locator("h1").count():
            self.faults.append(f"{key}: a page without a heading: {other.url}")
        found = [*await find_axe_faults(other), *await find_cut_off(other)]
        self._note(f"{key}, the page it opens", found)

    async def find_english(self, pane: str) -> None:
        """Find sentences of the bot that are in English where everybody reads another language."""
        if self.language == "en":
            return
        shown = await self.page.locator(f"#pane-{pane}").inner_text()
        self._note(
            f"in {self.language}, {pane}", [text for text in _sentences(self.language) if text in shown]
        )

    async def _find_cut_off_at_every_width(self, pane: str) -> list[str]:
        """Return what is cut off where this pane is shown. The window is as wide as before afterwards."""
        found = [f"{DESK}: {one}" for one in await find_cut_off(self.page)]
        await self.page.evaluate(
            "(pane) => { document.querySelector('.panes').dataset.showing = pane; }", pane
        )
        for width in WIDTHS:
            if width != DESK:
                await self._resize(width)
                found += [f"{width}: {one}" for one in await find_cut_off(self.page)]
        await self._resize(DESK)
        return found

    async def _resize(self, width: int) -> None:
        await self.page.set_viewport_size({"width": width, "height": HEIGHT})

    def _note(self, where: str, found: Iterable[str]) -> None:
        self.faults += [f"{where}: {one}" for one in found]


@lru_cache
def _sentences(language: str) -> frozenset[str]:
    """Return the English sentences that have a translation, each as its longest piece between values."""
    with (_LOCALES / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    english = [
        str(one.id) for one in catalogue if one.id and isinstance(one.id, str) and one.string != one.id
    ]
    pieces = (max(re.split(r"\{\w+\}", text), key=len).strip() for text in english)
    return frozenset(piece for piece in pieces if len(piece) >= _FEWEST_CHARACTERS)
