// The actions of an Adaptive Card: the row of buttons, the overflow menu, and what each action does.

import { createElement, createLink } from "./block_kit.js";
import { collectInputs } from "./card_inputs.js";
import { say } from "./words.js";

const MAX_IN_ROW = 6;

const handlers = {
  "Action.Execute": submitAction,
  "Action.Submit": submitAction,
  "Action.ToggleVisibility": toggleVisibility,
  "Action.ResetInputs": resetInputs,
};

async function submitAction(action, scope, button) {
  const inputs = String(action.associatedInputs).toLowerCase() === "none" ? {} : collectInputs(scope);
  if (!inputs || button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  try {
    await scope.host.press(action, inputs);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function toggleVisibility(action, scope) {
  for (const target of action.targetElements || []) {
    const id = typeof target === "string" ? target : target.elementId;
    for (const node of scope.root.querySelectorAll("[data-ac-id]")) {
      if (node.dataset.acId === id) node.hidden = typeof target === "string" || target.isVisible === undefined ? !node.hidden : !target.isVisible;
    }
  }
}

function resetInputs(action, scope) {
  for (let one = scope; one; one = one.parent) {
    for (const input of one.inputs) if (!action.targetInputIds || action.targetInputIds.includes(input.id)) input.reset();
  }
}

function buttonClass(action, position) {
  const style = ["positive", "destructive"].includes(action.style) ? ` ac-${action.style}` : "";
  return position === "menu" ? `ac-item${style}` : `ac-button${style}`;
}

function createUrlButton(action, position) {
  const node = createLink(String(action.url ?? ""), action.title || "");
  if (node instanceof Element) {
    node.className = buttonClass(action, position);
    if (action.tooltip) node.title = action.tooltip;
    return node;
  }
  return createElement("button", { type: "button", class: buttonClass(action, position), disabled: true }, action.title || "");
}

function createActionButton(action, scope, position, press) {
  return createElement("button", {
    type: "button", class: buttonClass(action, position), disabled: action.isEnabled === false, title: action.tooltip, "aria-label": action.tooltip, onclick: (event) => press(event.currentTarget),
  }, action.title || "");
}

// Create a button that shows a card below the row. Only one card of a row is open at a time.
function createShowCardButton(action, scope, position, bar, drawCard) {
  const inner = drawCard(action.card || {}, scope.host, scope);
  inner.hidden = true;
  bar.below.append(inner);
  const node = createActionButton(action, scope, position, () => {
    const opens = inner.hidden;
    for (const other of bar.shownCards) other.close();
    inner.hidden = !opens;
    node.setAttribute("aria-expanded", String(opens));
    if (opens) (inner.querySelector("input, select, textarea, button, a") || node).focus({ preventScroll: true });
    if (opens) inner.scrollIntoView({ block: "nearest" });
  });
  node.setAttribute("aria-expanded", "false");
  bar.shownCards.push({ close: () => { inner.hidden = true; node.setAttribute("aria-expanded", "false"); } });
  return node;
}

// Return the action, or the first supported fallback, as a list of at most one.
function resolveAction(action) {
  let current = action;
  while (current && typeof current === "object" && !(current.type in handlers) && !["Action.OpenUrl", "Action.ShowCard"].includes(current.type)) current = current.fallback;
  return current && typeof current === "object" && current.isVisible !== false ? [current] : [];
}

function drawAction(action, scope, position, bar, drawCard) {
  if (action.type === "Action.OpenUrl") return createUrlButton(action, position);
  if (action.type === "Action.ShowCard") return createShowCardButton(action, scope, position, bar, drawCard);
  return createActionButton(action, scope, position, (node) => handlers[action.type](action, scope, node));
}

function createMenu(actions, scope, bar, drawCard) {
  const items = actions.map((action) => drawAction(action, scope, "menu", bar, drawCard));
  const box = createElement("details", { class: "ac-more" },
    createElement("summary", { class: "ac-button", "aria-label": say("More actions"), title: say("More actions") }, "…"),
    createElement("div", { class: "ac-menu", onclick: () => { box.open = false; } }, ...items));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !box.open) return;
    box.open = false;
    box.firstChild.focus();
  });
  box.addEventListener("focusout", (event) => { if (event.relatedTarget && !box.contains(event.relatedTarget)) box.open = false; });
  return box;
}

// Teams shows six buttons in a row. More buttons, and those with the mode "secondary", are in the overflow menu.
export function createActionBar(list, scope, drawCard) {
  const actions = (list || []).flatMap(resolveAction);
  const first = actions.filter((one) => one.mode !== "secondary");
  const shown = first.slice(0, MAX_IN_ROW);
  const rest = actions.filter((one) => !shown.includes(one));
  const bar = { below: createElement("div", { class: "ac-below" }), shownCards: [] };
  const row = createElement("div", { class: "ac-row" }, ...shown.map((action) => drawAction(action, scope, "row", bar, drawCard)));
  if (rest.length) row.append(createMenu(rest, scope, bar, drawCard));
  return createElement("div", { class: "ac-actions" }, row, bar.below);
}

// Make an element with a `selectAction` usable by mouse and keyboard.
export function makeSelectable(node, action, scope) {
  const [resolved] = action ? resolveAction(action) : [];
  if (!resolved || resolved.type === "Action.ShowCard" || resolved.isEnabled === false) return node;
  const press = () => {
    if (resolved.type !== "Action.OpenUrl") handlers[resolved.type](resolved, scope, node);
    else if (/^(https?|mailto):/i.test(resolved.url)) window.open(resolved.url, "_blank", "noopener,noreferrer");
  };
  node.classList.add("ac-selectable");
  node.tabIndex = 0;
  node.setAttribute("role", resolved.type === "Action.OpenUrl" ? "link" : "button");
  if (resolved.title) node.setAttribute("aria-label", resolved.title);
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
