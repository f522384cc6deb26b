// Shared by all panes: the user's selection, the state of the sandbox, requests to it, and drawing helpers.

import { createElement } from "./block_kit.js";

export const $ = (id) => document.getElementById(id);
export const HOME = "home";
export const selection = { person: null, channel: null, conversation: null, requester: null, request: null };
// `loadState` fetches the state and `draw` draws it. demo.js sets both: importing it here would be circular.
export const page = { state: null, loadState: () => {}, draw: () => {} };

export const TIME = { hour: "2-digit", minute: "2-digit" };

let hideTimer = 0;
export function showToast(text, isError = false) {
  clearTimeout(hideTimer);
  $("toast").textContent = text;
  $("toast").classList.toggle("error", isError);
  $("toast").hidden = false;
  hideTimer = setTimeout(() => { $("toast").hidden = true; }, 5000);
}

// Post an action of the selected user and return the response. Return null if it failed; the user sees a toast.
export async function postAction(path, body = {}) {
  try {
    const response = await fetch(`/demo/${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ person: selection.person, ...body }) });
    const result = await response.json().catch(() => ({}));
    if (response.ok) return result;
    showToast(result.error || "The sandbox could not do that.", true);
  } catch {
    showToast("The demo does not answer. Is it still running?", true);
  }
  return null;
}

export function fillSelect(select, entries, chosen, change) {
  const target = JSON.stringify(entries);
  if (select.dataset.entries !== target) {
    select.replaceChildren(...entries.map(([value, label]) => createElement("option", { value }, label)));
    select.dataset.entries = target;
  }
  select.value = chosen;
  select.onchange = () => change(select.value);
}

export function initials(name) {
  return name.split(/\s+/).map((word) => word[0] || "").slice(0, 2).join("").toUpperCase();
}

// Draw example commands. A press copies one into the input field.
export function showSuggestions(box, line, texts) {
  box.replaceChildren(...texts.map((text) => createElement("button", { type: "button", onclick: () => { line.value = text; line.focus(); } }, text)));
}

// Redraw a box only if its entries have changed, so that an opened mail stays open.
export function redrawIfChanged(box, entries, draw, empty) {
  const target = JSON.stringify(entries);
  if (box.dataset.entries === target) return;
  box.dataset.entries = target;
  box.replaceChildren(...(entries.length ? entries.map(draw) : [createElement("p", { class: "empty" }, empty)]));
}

const drawnVersions = new WeakMap();

// Update the children of a box and keep unchanged ones, so that open menus, typed text and focus are not lost.
// An entry is { key, version, draw }. It is redrawn if its `version` string has changed.
export function updateChildren(box, entries) {
  const oldNodes = new Map([...box.children].map((node) => [node.dataset.key, node]));
  const hadFocus = box.contains(document.activeElement) && document.activeElement !== box;
  const target = entries.map(({ key, version, draw }) => {
    const node = oldNodes.get(key);
    if (node && drawnVersions.get(node) === version) return node;
    const drawn = draw();
    drawn.dataset.key = key;
    drawnVersions.set(drawn, version);
    return drawn;
  });
  const isSame = target.length === box.children.length && target.every((node, index) => box.children[index] === node);
  if (isSame) return;
  const remaining = new Set(target);
  for (const node of [...box.children]) if (!remaining.has(node)) node.remove();
  target.forEach((node, index) => { if (box.children[index] !== node) box.insertBefore(node, box.children[index] || null); });
  if (hadFocus && !box.contains(document.activeElement)) box.focus({ preventScroll: true });
}
