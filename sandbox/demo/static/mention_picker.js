// The list of people that opens when somebody types @ in a message.

import { createElement } from "./block_kit.js";
import { page } from "./page.js";
import { say } from "./words.js";

const TYPED_MENTION = /(^|\s)@([\p{L}\p{N}.\-]*)$/u;

// `insert` returns what a person becomes in the message.
export function setUpMentionPicker(input, insert) {
  const id = `${input.id}-people`;
  const list = createElement("ul", { id, class: "mentions", role: "listbox", "aria-label": say("People"), hidden: true });
  input.parentElement.style.position = "relative";
  input.after(list);
  for (const [name, value] of Object.entries({ "aria-autocomplete": "list", "aria-controls": id })) input.setAttribute(name, value);
  let shown = [];
  let active = 0;

  const close = () => {
    shown = [];
    list.hidden = true;
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (index) => {
    active = (index + shown.length) % shown.length;
    [...list.children].forEach((row, place) => row.setAttribute("aria-selected", String(place === active)));
    input.setAttribute("aria-activedescendant", list.children[active].id);
  };
  const choose = (person) => {
    const before = input.value.slice(0, input.selectionStart).replace(TYPED_MENTION, (_all, space) => `${space}${insert(person)} `);
    const after = input.value.slice(input.selectionStart);
    input.value = before + after;
    input.setSelectionRange(before.length, before.length);
    close();
    input.focus();
  };
  const open = () => {
    const [, , typed] = input.value.slice(0, input.selectionStart).match(TYPED_MENTION) || [];
    if (typed === undefined || !page.state) { close(); return; }
    const wanted = typed.toLowerCase();
    shown = page.state.people.filter((one) => one.handle.includes(wanted) || one.name.toLowerCase().includes(wanted));
    if (!shown.length) { close(); return; }
    list.replaceChildren(...shown.map((one, index) => createElement("li", {
      id: `${id}-${index}`, role: "option", onmousedown: (event) => { event.preventDefault(); choose(one); },
    }, one.name, " ", createElement("small", {}, say(one.role)))));
    list.hidden = false;
    mark(0);
  };

  input.addEventListener("input", open);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "Escape") { event.stopPropagation(); close(); }
    else if (event.key === "ArrowDown") { event.preventDefault(); mark(active + 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); mark(active - 1); }
    else if (event.key === "Enter" || event.key === "Tab") { event.preventDefault(); choose(shown[active]); }
  });
}
