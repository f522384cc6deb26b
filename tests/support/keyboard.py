"""Somebody who works with the keyboard alone, and looks at where the focus is."""

from dataclasses import dataclass, field

from playwright.async_api import Locator, Page, expect

_MOST_TABS = 200
_FOCUS = """
() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const name = (node.getAttribute("aria-label") || node.labels?.[0]?.textContent || node.textContent || node.id).trim().slice(0, 60);
  if (node.tagName === "IFRAME") return null;
  const marked = (one) => { const style = getComputedStyle(one); return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none"; };
  if (!marked(node) && !marked(node.closest("form, label") || node)) return `no visible focus on ${node.tagName} ${name}`;
  const box = node.getBoundingClientRect();
  const x = (Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2;
  const y = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
  const top = document.elementFromPoint(x, y);
  if (!top || !(node.contains(top) || top.contains(node))) return `out of sight: ${node.tagName} ${name}`;
  return null;
}
"""
"""Says what is wrong with where the focus is: a person sees no mark, or not the control. None where all is well."""


@dataclass(slots=True)
class Keyboard:
    """Tab, Enter and typed text on one page. ``faults`` is what a person who sees the focus would complain about."""

    page: Page
    faults: list[str] = field(default_factory=list)

    async def tab_to(self, control: Locator) -> None:
        """Press Tab until the control has the focus, and look at the focus on the way."""
        await control.wait_for()
        for _press in range(_MOST_TABS):
            if await self._has_focus(control):
                return
            await self.page.keyboard.press("Tab")
            await self._look()
        raise AssertionError(f"the keyboard does not reach {control}")

    async def press(self, control: Locator) -> None:
        """Tab to a control, and press Enter."""
        await self.tab_to(control)
        await self.page.keyboard.press("Enter")

    async def open(self, control: Locator) -> "Keyboard":
        """Tab to a control that opens a page, press Enter, and return the keyboard on that page."""
        await self.tab_to(control)
        async with self.page.expect_popup() as opening:
            await self.page.keyboard.press("Enter")
        page = await opening.value
        await page.wait_for_load_state()
        return Keyboard(page, self.faults)

    async def write(self, control: Locator, text: str, *, send: bool = False) -> None:
        """Tab to a field and type, and press Enter where ``send`` says so."""
        await self.tab_to(control)
        await self.page.keyboard.type(text)
        if send:
            await self.page.keyboard.press("Enter")

    async def choose_person(self, name: str) -> None:
        """Become another person of the demo page."""
        await self.write(self.page.locator("#person"), name)
        await expect(self.page.locator("#person option:checked")).to_contain_text(name)

    async def keep_focus(self) -> None:
        """Expect that what was just done has left the focus on something that is shown. A closed dialog keeps it for a moment."""
        await self.page.wait_for_function(
            "document.activeElement && document.activeElement !== document.body && document.activeElement.checkVisibility()"
        )
        await self._look()

    async def expect_no_faults(self) -> None:
        """Expect that the focus was seen wherever it was."""
        assert self.faults == [], "\n".join(self.faults)

    async def _has_focus(self, control: Locator) -> bool:
        return bool(await control.evaluate_all("(nodes) => nodes.includes(document.activeElement)"))

    async def _look(self) -> None:
        fault = await self.page.evaluate(_FOCUS)
        if fault is not None and fault not in self.faults:
            self.faults.append(fault)
