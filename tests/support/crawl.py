"""A crawl of the demo page: find every control, press each once, and look at what comes of it.

The controls are found in the page, never listed here. A control is known by its place and its name, in which numbers do
not count: the card of another session has the same buttons.
"""

from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Error, Locator, Page, Response
from support.screens import find_axe_faults, find_cut_off

EFFECT_MS = 20_000
"""Time limit for a press to have an effect that a person can see, in milliseconds."""
MOST_CONTROLS = 400
_SERVER_ERROR, _REFUSED, _CHANGED, _TOO_LATE = 500, 400, 409, 504

_CONTROLS = r"""
(pressed) => {
  for (const node of document.querySelectorAll("[data-crawl]")) node.removeAttribute("data-crawl");
  const dialog = document.querySelector("dialog[open]");
  const place = (node) => dialog ? `${dialog.id} ${dialog.querySelector("h2").textContent}` : node.closest("section[id], nav, header, details.guide")?.id || "page";
  const nodes = (dialog || document).querySelectorAll("button, a[href], summary, select, [role=option], [role=button], input[type=radio], input[type=checkbox]");
  const seen = (node) => node.checkVisibility({ visibilityProperty: true }) && !node.disabled && !node.closest("[inert]");
  // What is chosen already does nothing, and who looks at the page is the crawl's own choice.
  const idle = (node) => node.getAttribute("aria-current") === "true" || node.ariaDisabled === "true" || node.matches("[data-pane][aria-pressed=true], #person, :checked");
  return [...nodes].filter((node) => seen(node) && !idle(node)).map((node, index) => {
    node.dataset.crawl = String(index);
    const name = (node.getAttribute("aria-label") || (node.tagName === "SELECT" ? node.id : node.textContent) || node.value || "").trim();
    const line = node.closest(".block-section, .ac-row, label")?.textContent.trim() || "";
    const screen = node.closest(".home") ? "home" : node.closest("#pane-teams") ? document.querySelector("#teams-name").textContent : "";
    const key = [place(node), screen, node.tagName, name, line].join(" | ").replace(/\S*\d\S*/g, "#").slice(0, 240);
    return { index, key, tag: node.tagName, type: node.type || "", isDanger: /danger|destructive/.test(node.className), opens: node.target === "_blank" };
  }).filter((one) => !pressed.includes(one.key)).sort((one, other) => one.isDanger - other.isDanger)
    .map((one, _index, all) => ({ ...one, left: all.length - 1 }))[0] || null;
}
"""
_SCREEN = r"""
() => JSON.stringify([document.body.innerText, document.activeElement.id, document.activeElement.textContent.slice(0, 40),
  [...document.querySelectorAll("[aria-current], [aria-pressed], [aria-expanded], details, input, select")].map((node) =>
    [node.getAttribute("aria-current"), node.getAttribute("aria-pressed"), node.getAttribute("aria-expanded"), node.open, node.checked, node.value])])
"""
_QUIET = r"""
(milliseconds) => new Promise((resolve) => {
  let timer = setTimeout(resolve, milliseconds);
  const latest = setTimeout(resolve, 8000);
  new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(() => { clearTimeout(latest); resolve(); }, milliseconds); })
    .observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
})
"""
_EMPTY_FIELDS = r"""
() => [...(document.querySelector("dialog[open]") || document).querySelectorAll("input[type=text], input[type=search], input:not([type]), textarea")]
  .filter((node) => node.checkVisibility() && !node.value && !node.closest("[inert]") && node.id).map((node) => node.id)
"""


@dataclass(slots=True)
class Crawl:
    """A crawl by one person. ``faults`` is what it found, ``pressed`` the controls by their keys, ``late`` those with status 504."""

    page: Page
    name: str
    faults: list[str] = field(default_factory=list)
    pressed: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    _opener: str = ""
    _redrawn: set[str] = field(default_factory=set)
    _is_outdated: bool = False
    _looks_in_dark: bool = False

    def watch(self) -> None:
        """Record what a browser reports: failed responses, and errors of the page's script."""
        self.page.context.on("response", lambda response: self._check_response(response))  # noqa: PLW0108 - Playwright cannot mark a method of a class with slots
        self.page.on("pageerror", lambda error: self.faults.append(f"{self._latest()}: {error}"))

    def _latest(self) -> str:
        return self.pressed[-1] if self.pressed else "the start"

    def _check_response(self, response: Response) -> None:
        if response.status == _TOO_LATE:
            # A busy machine took longer than the three seconds that Slack waits.
            self.late.append(self._latest())
            return
        if response.status == _CHANGED and self._latest() not in self._redrawn:
            self._is_outdated = True  # the card has changed in the moment of the press, and the page says so
            return
        is_refused = "/demo/" in response.url and response.status >= _REFUSED
        if is_refused or response.status >= _SERVER_ERROR:
            self.faults.append(f"{self._latest()}: {response.status} of {response.url}")

    async def press_everything(self) -> None:
        """Press each control once, until none is left."""
        while len(self.pressed) < MOST_CONTROLS:
            await self._fill_in_fields()
            control = await self.page.evaluate(_CONTROLS, self.pressed)
            if control is not None:
                await self._press(control)
            elif await self.page.locator("dialog[open]").count():
                # Everything in this dialog was pressed before.
                await self.page.keyboard.press("Escape")
                await self.settle()
            elif not await self._has_more():
                return
        self.faults.append(f"more than {MOST_CONTROLS} controls: the crawl does not end")

    async def _has_more(self) -> bool:
        """Wait for what the bot still brings, then look again."""
        await self.settle(1500)
        return await self.page.evaluate(_CONTROLS, self.pressed) is not None

    async def settle(self, milliseconds: int = 150) -> None:
        """Wait until nothing on the page has changed for a moment."""
        await self.page.evaluate(_QUIET, milliseconds)

    async def _press(self, control: dict[str, Any]) -> None:
        key = control["key"]
        self.pressed.append(key)
        node = self.page.locator(f"[data-crawl='{control['index']}']").first
        before = await self.page.evaluate(_SCREEN)
        had_dialog = await self.page.locator("dialog[open]").count()
        try:
            if control["opens"]:
                await self._follow(node)
                return
            if control["tag"] == "SELECT":
                if await node.locator("option").count() < 2:
                    return  # there is nothing else to choose
                await node.evaluate(
                    "(node) => { node.selectedIndex = (node.selectedIndex + 1) % (node.options.length || 1); node.dispatchEvent(new Event('change')); }"
                )
            elif control["tag"] == "A":
                await node.press("Enter", timeout=3_000)  # a skip link is seen only while it has the focus
            else:
                await node.click(timeout=3_000)
        except Error as error:
            if await self._try_again(key, node):
                return
            if await self.page.evaluate(_SCREEN) == before:
                self.faults.append(f"cannot be pressed: {key}: {error.message[:300]}")
            return  # the page was redrawn meanwhile
        await self._expect_effect(before, key)
        if self._is_outdated:
            self._is_outdated = False
            self._redrawn.add(key)
            self.pressed.remove(key)  # if it is still there, it is pressed once more
        if control["tag"] == "SUMMARY" and "guide" in key:
            await node.click()  # what it closed is looked at too
        await self._note_dialog(key, had_dialog=bool(had_dialog), left=control["left"])

    async def _try_again(self, key: str, node: Locator) -> bool:
        """Let a control be found once more that was redrawn before it could be pressed."""
        if await node.count() or key in self._redrawn:
            return False
        self._redrawn.add(key)
        self.pressed.remove(key)
        return True

    async def _note_dialog(self, key: str, *, had_dialog: bool, left: int) -> None:
        """Let the opener of a dialog be pressed again, as long as the dialog has controls that were not pressed."""
        has_dialog = bool(await self.page.locator("dialog[open]").count())
        if has_dialog and not had_dialog:
            self._opener = key
            self.faults += [f"{key}: {one}" for one in await find_axe_faults(self.page)]
            self.faults += [f"{key}: {one}" for one in await find_cut_off(self.page)]
        if had_dialog and not has_dialog and left and self._opener in self.pressed:
            self.pressed.remove(self._opener)

    async def _expect_effect(self, before: str, key: str) -> None:
        try:
            await self.page.wait_for_function(
                f"(before) => ({_SCREEN})() !== before", arg=before, timeout=EFFECT_MS
            )
        except Error:
            self.faults.append(f"a dead end: nothing comes of {key}")
        await self.settle()

    async def _follow(self, node: Locator) -> None:
        """Follow a link to another page, and go on there by its first button."""
        async with self.page.expect_popup() as opening:
            await node.click(timeout=3_000)
        other = await opening.value
        await other.wait_for_load_state()
        await self._look_at(other)
        account = other.get_by_text(self.name)
        if await other.locator("input[type=radio]").count() and await account.count():
            await account.first.click()
        button = other.locator("main button:visible").first
        if await button.count() and await button.is_enabled():
            await button.click()
            await other.wait_for_load_state()
            await self._look_at(other)
        await other.close()
        await self.settle()

    async def _look_at(self, other: Page) -> None:
        if not (await other.locator("h1").all_inner_texts()):
            self.faults.append(f"{self._latest()}: a page without a heading: {other.url}")
        for one in [*await find_axe_faults(other), *await find_cut_off(other)]:
            self.faults.append(f"{self._latest()}, the page it opens: {one}")

    async def look_at_every_place(self, width: int, *, in_dark_too: bool = False) -> None:
        """Look at each pane, and at each channel and conversation in it, at one width of the window."""
        self._looks_in_dark = in_dark_too
        await self.page.set_viewport_size({"width": width, "height": 900})
        for pane, places in (
            ("chat", ".sidebar button"),
            ("teams", ".t-conversations button"),
            ("requester", ""),
            ("request", ""),
        ):
            tab = self.page.locator(f"[data-pane={pane}]")
            if await tab.is_visible():
                await tab.click()
            await self._look_at_screen(f"{width}, {pane}")
            for place in range(await self.page.locator(places).count() if places else 0):
                button = self.page.locator(places).nth(place)
                if await button.get_attribute("aria-current") is not None:
                    await button.click()
                    await self._look_at_screen(f"{width}, {pane}, place {place}")

    async def _look_at_screen(self, where: str) -> None:
        await self.settle()
        for one in [*await find_axe_faults(self.page), *await find_cut_off(self.page)]:
            self.faults.append(f"{where}: {one}")
        if not self._looks_in_dark:
            return
        await self.page.emulate_media(color_scheme="dark")
        for one in await find_axe_faults(self.page, contrast_alone=True):
            self.faults.append(f"{where}, dark: {one}")
        await self.page.emulate_media(color_scheme="light")

    async def _fill_in_fields(self) -> None:
        """Type into each empty field: what its placeholder shows as an example, else something that finds requests."""
        for field_id in await self.page.evaluate(_EMPTY_FIELDS):
            node = self.page.locator(f"#{field_id}").first
            example = (await node.get_attribute("placeholder") or "").removeprefix("Type ")
            is_example = field_id in {"message-input", "teams-input"}
            try:
                await node.fill(example if is_example else "1", timeout=3_000)
            except Error:
                continue  # it was redrawn meanwhile
            if await node.get_attribute("role") == "combobox":
                found = await node.get_attribute("aria-controls")
                # The list says so if nothing fits, perhaps because the crawl has closed the requests meanwhile.
                await self.page.locator(f"#{found} > *").filter(has_not_text="Searching").first.wait_for()
                await node.press("ArrowDown")
                await node.press("Enter")
                if await self.page.locator(f"#{found}").is_visible():
                    await node.press("Escape")  # nothing fits, and the list would cover what is below it
        await self.settle(50)
