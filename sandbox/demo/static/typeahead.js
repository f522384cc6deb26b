// A combobox that filters the given choices while the user types, or searches for choices with `search`.

import { createElement } from "./block_kit.js";
import { say } from "./words.js";

const PAUSE_MILLISECONDS = 200;
const MAX_SHOWN = 15;

export function createTypeahead({ id, choices, value, placeholder, search }) {
  const input = createElement("input", {
    id: `${id}-text`, type: "text", class: "ac-input", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder: placeholder || say("Type to search"),
    "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": `${id}-list`,
  });
  const list = createElement("ul", { id: `${id}-list`, role: "listbox", class: "ac-results", "aria-label": say("Found"), hidden: true });
  const node = createElement("div", { id, class: "ac-combo" }, input, list);
  let known = [...choices];
  let picked = "";
  let active = -1;
  let requestCount = 0;
  let searchTimer = 0;

  const setValue = (wanted) => {
    const choice = known.find((one) => one.value === wanted);
    picked = choice ? choice.value : "";
    input.value = choice ? choice.title : "";
  };
  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (choice) => {
    known = [choice, ...known.filter((one) => one.value !== choice.value)];
    setValue(choice.value);
    close();
    node.dispatchEvent(new Event("input"));
  };
  const show = (found, emptyText) => {
    const rows = found.slice(0, MAX_SHOWN).map((choice, index) => createElement("li", {
      id: `${id}-${index}`, role: "option", "aria-selected": String(choice.value === picked),
      onmousedown: (event) => { event.preventDefault(); choose(choice); },
    }, choice.title));
    list.replaceChildren(...(rows.length ? rows : [createElement("li", { class: "ac-no-results", role: "option", "aria-disabled": "true" }, emptyText)]));
    list.hidden = false;
    active = -1;
    input.setAttribute("aria-expanded", "true");
  };
  const matching = (text) => known.filter((one) => one.title.toLowerCase().includes(text.toLowerCase()));
  const runSearch = async (text) => {
    requestCount += 1;
    const requestNumber = requestCount;
    const found = await search(text).catch(() => []);
    if (requestNumber !== requestCount || document.activeElement !== input) return;
    known = [...known.filter((one) => one.value === picked), ...found];
    show(found, say("Nothing was found."));
  };

  input.addEventListener("input", () => {
    picked = "";
    clearTimeout(searchTimer);
    if (!search) show(matching(input.value), say("Nothing was found."));
    else {
      show([], say("Searching…"));
      searchTimer = setTimeout(runSearch, PAUSE_MILLISECONDS, input.value);
    }
  });
  input.addEventListener("focus", () => { input.select(); if (choices.length) show(choices, ""); });
  input.addEventListener("blur", () => { clearTimeout(searchTimer); requestCount += 1; close(); if (!picked) input.value = ""; });
  input.addEventListener("keydown", (event) => {
    const rows = [...list.querySelectorAll("[role=option]:not([aria-disabled])")];
    if (event.key === "Escape" && !list.hidden) { event.stopPropagation(); close(); }
    else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && rows.length && !list.hidden) {
      event.preventDefault();
      active = (active + (event.key === "ArrowDown" ? 1 : -1) + rows.length) % rows.length;
      rows.forEach((row, index) => row.classList.toggle("active", index === active));
      rows[active].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", rows[active].id);
    } else if (event.key === "Enter" && active >= 0 && rows[active]) {
      event.preventDefault();
      rows[active].dispatchEvent(new MouseEvent("mousedown", { bubbles: true, cancelable: true }));
    }
  });
  // A redraw of the card takes over the choice, and what is typed.
  input.readChoice = () => known.find((one) => one.value === picked) || null;
  input.writeChoice = (choice, text) => {
    if (choice) { known = [choice, ...known.filter((one) => one.value !== choice.value)]; picked = choice.value; }
    input.value = text;
  };
  setValue(value);
  return { node, input, read: () => picked, write: setValue };
}
