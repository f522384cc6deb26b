"""A crawl of the demo page: go to every place, press every control there once, and look at what comes of it.

The controls are found in the page, never listed here. A control is known by its place and its name, in which numbers do
not count: the card of another session has the same buttons.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, assert_never

from playwright.async_api import Error, Locator, Page, Response
from support.demo_page import close_page
from support.screen_looks import ScreenLooks

from bot.i18n import Language
from bot.views.errors import internal_error_view

EFFECT_MS = 20_000
"""Time limit for a press to have an effect that a person can see, in milliseconds."""
PRESS_MS = 3_000
MOST_CONTROLS = 500
MOST_FILLS = 5
"""How often fields of one name are filled in. A card that is drawn again has new fields, which may be empty each time."""
_MOST_PAGES = 3
"""Pages that a link leads through, each by its first button: from the join page to the running session."""
_MOST_REDRAWS = 3
"""How often a control may have been drawn again in the moment of its press. A home is drawn again by each change of a session on it."""
_SERVER_ERROR, _REFUSED, _CHANGED, _TOO_LATE = 500, 400, 409, 504
_SCRIPT = Path(__file__).with_name("crawl_page.js")


class CrawledChat(StrEnum):
    """The chat whose controls a crawl presses."""

    SLACK = "slack"
    TEAMS = "teams"


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere on the page: its pane, the button that leads there, and which controls belong to it.

    ``screen`` is its name in the keys of controls. Places with the same name show the same kind of screen.
    """

    screen: str
    pane: str
    opener: str
    scope: str

    @property
    def name(self) -> str:
        return f"{self.pane}, {self.screen}"


def places_of(chat: CrawledChat) -> Sequence[Place]:
    """Return the places of a chat, the one where a crawl begins first."""
    match chat:
        case CrawledChat.SLACK:
            here = ".conversation-pane"
            return (
                Place(
                    "channel",
                    "chat",
                    "#channels li:nth-child(1) button",
                    f"{here}, #open-form, #guide, .skip",
                ),
                Place("own chat", "chat", "#channels li:last-child button", here),
                Place("home", "chat", "#open-home", here),
                Place("requester", "requester", "", "#pane-requester"),
                Place("request", "request", "", "#pane-request"),
            )
        case CrawledChat.TEAMS:
            here = ".t-posts, #teams-suggestions, #teams-composer"
            return (
                Place("channel", "teams", "#teams-conversations li:nth-child(1) button", here),
                Place("own chat", "teams", "#teams-conversations li:last-child button", here),
            )
        case _:
            assert_never(chat)


def _text_for(kind: str | None) -> str:
    """Return what to type into a field of this type: a moment that a session can be planned for, a colleague, or part of a number."""
    moment = datetime.now(UTC) + timedelta(days=2)
    texts = {
        "date": f"{moment:%Y-%m-%d}",
        "time": f"{moment:%H:%M}",
        "datetime-local": f"{moment:%Y-%m-%dT%H:%M}",
        "email": "ines.moreau@example.test",
    }
    return texts.get(kind or "", "1")


@dataclass(slots=True)
class Crawl:
    """A crawl by one person in one chat. ``faults`` is what it found, ``pressed`` the controls, ``late`` those with status 504."""

    page: Page
    name: str
    chat: CrawledChat
    language: str
    faults: list[str] = field(default_factory=list)
    pressed: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    looks: ScreenLooks = field(init=False)
    _opener: str = ""
    _redrawn: Counter[str] = field(default_factory=Counter)
    _filled: Counter[str] = field(default_factory=Counter)
    _is_outdated: bool = False

    def __post_init__(self) -> None:
        self.looks = ScreenLooks(self.page, self.language, self.faults)

    async def begin(self) -> None:
        """Load the crawl's script into the page, and record failed responses and errors of the page's own scripts."""
        await self.page.evaluate(_SCRIPT.read_text(encoding="utf-8"))
        self.page.context.on("response", lambda response: self._check_response(response))  # noqa: PLW0108 - Playwright cannot mark a method of a class with slots
        self.page.on("pageerror", lambda error: self.faults.append(f"{self._latest()}: {error}"))

    def _latest(self) -> str:
        return self.pressed[-1] if self.pressed else "the start"

    def _check_response(self, response: Response) -> None:
        if response.status == _TOO_LATE:
            # A busy machine took longer than the three seconds that Slack waits.
            self.late.append(self._latest())
            return
        if response.status == _CHANGED and self._redrawn[self._latest()] < _MOST_REDRAWS:
            self._is_outdated = True  # the card has changed in the moment of the press, and the page says so
            return
        is_refused = "/demo/" in response.url and response.status >= _REFUSED
        if is_refused or response.status >= _SERVER_ERROR:
            self.faults.append(f"{self._latest()}: {response.status} of {response.url}")

    async def press_everything(self) -> None:
        """Press each control of each place once, until none is left. What ends or switches off something comes last."""
        for allows_danger in (False, True):
            while True:
                before = len(self.pressed)
                for place in places_of(self.chat):
                    await self._press_all_of(place, allows_danger=allows_danger)
                    await self._expect_no_error(place)
                if len(self.pressed) == before:
                    break

    async def look_at_every_place(self) -> None:
        """Look at everything that the places show by now."""
        for place in places_of(self.chat):
            await self._go_to(place)
            await self.looks.look_at_place(place.pane, place.name)
            if place.pane not in {"requester", "request"}:
                await self.looks.find_english(place.pane)

    async def settle(self, milliseconds: int = 100) -> None:
        """Wait until nothing on the page has changed for a moment."""
        await self.page.evaluate("(milliseconds) => crawl.waitForQuiet(milliseconds)", milliseconds)

    async def _go_to(self, place: Place) -> None:
        if not place.opener:
            return
        button = self.page.locator(place.opener)
        if await button.get_attribute("aria-current") != "true":
            await button.click()
            await self.settle()

    async def _press_all_of(self, place: Place, *, allows_danger: bool) -> None:
        is_settled = False
        while len(self.pressed) < MOST_CONTROLS:
            if not await self._has_dialog():
                await self._go_to(place)
            await self._fill_in_fields(place)
            control = await self._find_next(place, allows_danger=allows_danger)
            if control is not None:
                await self._press(control, place)
                is_settled = False
            elif await self._has_dialog():
                # Everything in this dialog was pressed before.
                await self.page.keyboard.press("Escape")
                await self.settle()
            elif is_settled:
                return
            else:
                # The bot may still bring something.
                await self.settle(400)
                is_settled = True
        self.faults.append(f"more than {MOST_CONTROLS} controls: the crawl does not end")

    async def _find_next(self, place: Place, *, allows_danger: bool) -> dict[str, Any] | None:
        wanted = {
            "scope": place.scope,
            "screen": place.name,
            "pressed": self.pressed,
            "allowsDanger": allows_danger,
        }
        found: dict[str, Any] | None = await self.page.evaluate(
            "(wanted) => crawl.nextControl(wanted)", wanted
        )
        return found

    async def _has_dialog(self) -> bool:
        return bool(await self.page.evaluate("crawl.hasDialog()"))

    async def _press(self, control: dict[str, Any], place: Place) -> None:
        key = control["key"]
        self.pressed.append(key)
        node = self.page.locator("[data-crawl]").first
        try:
            if control["opens"]:
                await self._follow(node)
                return
            if control["tag"] == "SELECT":
                if await node.locator("option").count() < 2:
                    return  # there is nothing else to choose
                await node.evaluate(
                    "(node) => { node.selectedIndex = (node.selectedIndex + 1) % node.options.length; node.dispatchEvent(new Event('change', { bubbles: true })); }"
                )
            elif control["tag"] == "A":
                await node.press("Enter", timeout=PRESS_MS)  # a skip link is seen only while it has the focus
            else:
                await node.click(timeout=PRESS_MS)
        except Error as error:
            if await self._try_again(key, node):
                return
            if not await self.page.evaluate("crawl.hasChanged()"):
                self.faults.append(f"cannot be pressed: {key}: {error.message[:300]}")
            return  # the page was redrawn meanwhile
        await self._expect_effect(key)
        if self._is_outdated:
            self._is_outdated = False
            self._redrawn[key] += 1
            self.pressed.remove(key)  # if it is still there, it is pressed once more
        if control["tag"] == "SUMMARY" and await self.page.locator("#guide:not([open])").count():
            await self.page.locator("#guide > summary").click()  # what it closed is looked at too
        await self.looks.look_after_press(place.pane, key)
        await self._note_dialog(key, had_dialog=control["hadDialog"], left=control["left"])

    async def _try_again(self, key: str, node: Locator) -> bool:
        """Let a control be found once more that was redrawn before it could be pressed."""
        if await node.count() or self._redrawn[key] == _MOST_REDRAWS:
            return False
        self._redrawn[key] += 1
        self.pressed.remove(key)
        return True

    async def _note_dialog(self, key: str, *, had_dialog: bool, left: int) -> None:
        """Let the opener of a dialog be pressed again, as long as the dialog has controls that were not pressed."""
        has_dialog = await self._has_dialog()
        if has_dialog and not had_dialog:
            self._opener = key
        if had_dialog and not has_dialog and left and self._opener in self.pressed:
            self.pressed.remove(self._opener)

    async def _expect_effect(self, key: str) -> None:
        if not await self.page.evaluate("(limit) => crawl.waitForEffect(limit)", EFFECT_MS):
            self.faults.append(f"a dead end: nothing comes of {key}")
        await self.settle()

    async def _expect_no_error(self, place: Place) -> None:
        """Find the bot's answer to an error in its own code."""
        text = Language(self.language).say(internal_error_view().text)
        if text in await self.page.locator(f"#pane-{place.pane}").inner_text():
            self.faults.append(f"{place.name}: {text}")

    async def _follow(self, node: Locator) -> None:
        """Follow a link to another page, and go on there by the first button of each page."""
        async with self.page.expect_popup() as opening:
            await node.click(timeout=PRESS_MS)
        other = await opening.value
        for _page in range(_MOST_PAGES):
            await other.wait_for_load_state()
            await self.looks.look_at_other_page(other, self._latest())
            account = other.get_by_text(self.name)
            if await other.locator("input[type=radio]").count() and await account.count():
                await account.first.click()
            button = other.locator("main button:visible, main a.button:visible").first
            if not await button.count() or not await button.is_enabled():
                break
            await button.click()
        await close_page(other)
        await self.settle()

    async def _fill_in_fields(self, place: Place) -> None:
        """Type into each empty field: a command into a composer, a time to come, else something that finds requests."""
        for found in await self.page.evaluate("(scope) => crawl.findEmptyFields(scope)", place.scope):
            field_id, name = found["id"], found["name"]
            if field_id in {"message-input", "teams-input"}:
                text = "/tv help create" if field_id == "message-input" else "help create"
                await self.page.evaluate("([id, text]) => crawl.fillComposer(id, text)", [field_id, text])
                continue
            if self._filled[name] >= MOST_FILLS:
                continue  # nothing fits, or each repaint empties it
            self._filled[name] += 1
            try:
                await self._fill_in(self.page.locator(f"#{field_id}").first)
            except Error:
                continue  # it was redrawn meanwhile

    async def _fill_in(self, node: Locator) -> None:
        text = _text_for(await node.get_attribute("type", timeout=PRESS_MS))
        await node.fill(text, timeout=PRESS_MS)
        if await node.get_attribute("role") == "combobox":
            found = await node.get_attribute("aria-controls")
            # The list says so if nothing fits, perhaps because the crawl has closed the requests meanwhile.
            searching = re.compile("Searching|Recherche")
            await (
                self.page.locator(f"#{found} > *")
                .filter(has_not_text=searching)
                .first.wait_for(timeout=PRESS_MS)
            )
            await node.press("ArrowDown")
            await node.press("Enter")
            if await self.page.locator(f"#{found}").is_visible():
                await node.press("Escape")  # nothing fits, and the list would cover what is below it
        await self.settle()
