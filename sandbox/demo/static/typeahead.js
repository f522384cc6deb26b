// A field that finds choices while one types: those it was given, and those that a search brings.

import { element } from "./block_kit.js";

const PAUSE_MILLISECONDS = 200;
const MOST_SHOWN = 15;

export function typeahead({ id, choices, value, placeholder, search }) {
  const input = element("input", {
    id: `${id}-text`, type: "text", class: "ac-input", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder: placeholder || "Type to search",
    "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": `${id}-list`,
  });
  const list = element("ul", { id: `${id}-list`, role: "listbox", class: "ac-found", "aria-label": "Found", hidden: true });
  const node = element("div", { id, class: "ac-combo" }, input, list);
  let known = [...choices];
  let picked = "";
  let active = -1;
  let asked = 0;
  let waiting = 0;

  const write = (wanted) => {
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
  const pick = (choice) => {
    known = [choice, ...known.filter((one) => one.value !== choice.value)];
    write(choice.value);
    close();
    node.dispatchEvent(new Event("input"));
  };
  const show = (found, said) => {
    const rows = found.slice(0, MOST_SHOWN).map((choice, place) => element("li", {
      id: `${id}-${place}`, role: "option", "aria-selected": String(choice.value === picked),
      onmousedown: (event) => { event.preventDefault(); pick(choice); },
    }, choice.title));
    list.replaceChildren(...(rows.length ? rows : [element("li", { class: "ac-nothing" }, said)]));
    list.hidden = false;
    active = -1;
    input.setAttribute("aria-expanded", "true");
  };
  const matching = (text) => known.filter((one) => one.title.toLowerCase().includes(text.toLowerCase()));
  const look = async (text) => {
    asked += 1;
    const mine = asked;
    const found = await search(text).catch(() => []);
    if (mine !== asked || document.activeElement !== input) return;
    known = [...known.filter((one) => one.value === picked), ...found];
    show(found, "Nothing was found.");
  };

  input.addEventListener("input", () => {
    picked = "";
    clearTimeout(waiting);
    if (!search) show(matching(input.value), "Nothing was found.");
    else {
      show([], "Searching…");
      waiting = setTimeout(look, PAUSE_MILLISECONDS, input.value);
    }
  });
  input.addEventListener("focus", () => { input.select(); if (choices.length) show(choices, ""); });
  input.addEventListener("blur", () => { clearTimeout(waiting); asked += 1; close(); if (!picked) input.value = ""; });
  input.addEventListener("keydown", (event) => {
    const rows = [...list.querySelectorAll("[role=option]")];
    if (event.key === "Escape" && !list.hidden) { event.stopPropagation(); close(); }
    else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && rows.length && !list.hidden) {
      event.preventDefault();
      active = (active + (event.key === "ArrowDown" ? 1 : -1) + rows.length) % rows.length;
      rows.forEach((row, place) => row.classList.toggle("active", place === active));
      rows[active].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", rows[active].id);
    } else if (event.key === "Enter" && active >= 0 && rows[active]) {
      event.preventDefault();
      rows[active].dispatchEvent(new MouseEvent("mousedown", { bubbles: true, cancelable: true }));
    }
  });
  write(value);
  return { node, input, read: () => picked, write };
}
