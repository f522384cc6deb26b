// The buttons of an Adaptive Card: what Teams shows in a row, what goes into the menu, and what a press does.

import { element, link } from "./block_kit.js";
import { collect } from "./card_inputs.js";

const MOST_IN_A_ROW = 6;

const acts = {
  "Action.Execute": submit,
  "Action.Submit": submit,
  "Action.ToggleVisibility": toggle,
  "Action.ResetInputs": reset,
};

async function submit(action, scope, button) {
  const inputs = String(action.associatedInputs).toLowerCase() === "none" ? {} : collect(scope);
  if (!inputs || button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  try {
    await scope.host.press(action, inputs);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function toggle(action, scope) {
  for (const target of action.targetElements || []) {
    const id = typeof target === "string" ? target : target.elementId;
    for (const node of scope.root.querySelectorAll("[data-ac-id]")) {
      if (node.dataset.acId === id) node.hidden = typeof target === "string" || target.isVisible === undefined ? !node.hidden : !target.isVisible;
    }
  }
}

function reset(action, scope) {
  for (let one = scope; one; one = one.parent) {
    for (const input of one.inputs) if (!action.targetInputIds || action.targetInputIds.includes(input.id)) input.reset();
  }
}

function look(action, place) {
  const style = ["positive", "destructive"].includes(action.style) ? ` ac-${action.style}` : "";
  return place === "menu" ? `ac-item${style}` : `ac-button${style}`;
}

function opening(action, place) {
  const node = link(String(action.url ?? ""), action.title || "");
  if (node instanceof Element) {
    node.className = look(action, place);
    if (action.tooltip) node.title = action.tooltip;
    return node;
  }
  return element("button", { type: "button", class: look(action, place), disabled: true }, action.title || "");
}

function button(action, scope, place, press) {
  return element("button", {
    type: "button", class: look(action, place), disabled: action.isEnabled === false, title: action.tooltip, onclick: (event) => press(event.currentTarget),
  }, action.title || "");
}

// A card that is shown below its button. One at a time is open in a row.
function shower(action, scope, place, bar, drawCard) {
  const inner = drawCard(action.card || {}, scope.host, scope);
  inner.hidden = true;
  bar.below.append(inner);
  const node = button(action, scope, place, () => {
    const opens = inner.hidden;
    for (const other of bar.showers) other.close();
    inner.hidden = !opens;
    node.setAttribute("aria-expanded", String(opens));
    if (opens) (inner.querySelector("input, select, textarea, button, a") || node).focus({ preventScroll: true });
    if (opens) inner.scrollIntoView({ block: "nearest" });
  });
  node.setAttribute("aria-expanded", "false");
  bar.showers.push({ close: () => { inner.hidden = true; node.setAttribute("aria-expanded", "false"); } });
  return node;
}

function usable(action) {
  let here = action;
  while (here && typeof here === "object" && !(here.type in acts) && !["Action.OpenUrl", "Action.ShowCard"].includes(here.type)) here = here.fallback;
  return here && typeof here === "object" && here.isVisible !== false ? [here] : [];
}

function drawAction(action, scope, place, bar, drawCard) {
  if (action.type === "Action.OpenUrl") return opening(action, place);
  if (action.type === "Action.ShowCard") return shower(action, scope, place, bar, drawCard);
  return button(action, scope, place, (node) => acts[action.type](action, scope, node));
}

function menu(actions, scope, bar, drawCard) {
  const items = actions.map((action) => drawAction(action, scope, "menu", bar, drawCard));
  const box = element("details", { class: "ac-more" },
    element("summary", { class: "ac-button", "aria-label": "More actions", title: "More actions" }, "…"),
    element("div", { class: "ac-menu", onclick: () => { box.open = false; } }, ...items));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !box.open) return;
    box.open = false;
    box.firstChild.focus();
  });
  box.addEventListener("focusout", (event) => { if (event.relatedTarget && !box.contains(event.relatedTarget)) box.open = false; });
  return box;
}

// Teams shows six buttons in a row; further ones, and those of the second rank, are in a menu behind three dots.
export function actionBar(list, scope, drawCard) {
  const actions = (list || []).flatMap(usable);
  const first = actions.filter((one) => one.mode !== "secondary");
  const shown = first.slice(0, MOST_IN_A_ROW);
  const rest = actions.filter((one) => !shown.includes(one));
  const bar = { below: element("div", { class: "ac-below" }), showers: [] };
  const row = element("div", { class: "ac-row" }, ...shown.map((action) => drawAction(action, scope, "row", bar, drawCard)));
  if (rest.length) row.append(menu(rest, scope, bar, drawCard));
  return element("div", { class: "ac-actions" }, row, bar.below);
}

// Makes anything pressable that has a `selectAction`, by mouse and by keyboard.
export function selectable(node, action, scope) {
  const [usableAction] = action ? usable(action) : [];
  if (!usableAction || usableAction.type === "Action.ShowCard" || usableAction.isEnabled === false) return node;
  const press = () => {
    if (usableAction.type !== "Action.OpenUrl") acts[usableAction.type](usableAction, scope, node);
    else if (/^(https?|mailto):/i.test(usableAction.url)) window.open(usableAction.url, "_blank", "noopener,noreferrer");
  };
  node.classList.add("ac-selectable");
  node.tabIndex = 0;
  node.setAttribute("role", usableAction.type === "Action.OpenUrl" ? "link" : "button");
  if (usableAction.title) node.setAttribute("aria-label", usableAction.title);
  node.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.target.closest("button, a, input, select, textarea, summary")) return;
    event.preventDefault();
    press();
  });
  node.addEventListener("keydown", (event) => {
    if (event.target !== node || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    press();
  });
  return node;
}
