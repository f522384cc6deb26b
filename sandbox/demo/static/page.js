// Shared by all panes: the user's selection, the state of the sandbox, requests to it, and drawing helpers.

import { createElement } from "./block_kit.js";
import { LANGUAGE, say, sayError } from "./words.js";

export const $ = (id) => document.getElementById(id);
export const HOME = "home";
export const selection = { person: null, channel: null, conversation: null, requester: null, request: null };
// `loadState` fetches the state and `draw` draws it. demo.js sets both: importing it here would be circular.
export const page = { state: null, loadState: () => {}, draw: () => {} };

export const TIME = { hour: "2-digit", minute: "2-digit" };
// An English page follows the browser: its clock may have 12 or 24 hours.
export const CLOCK = LANGUAGE === "en" ? [] : LANGUAGE;

let hideTimer = 0;
export function showToast(text, isError = false) {
  clearTimeout(hideTimer);
  $("toast").textContent = text;
  $("toast").classList.toggle("error", isError);
  // A popover is above an open dialog, and never behind its dimmed page.
  if ($("toast").matches(":popover-open")) $("toast").hidePopover();
  $("toast").showPopover();
  hideTimer = setTimeout(() => $("toast").hidePopover(), 5000);
}

// Say that the demo does not answer, for as long as it does not.
export function showOffline(isOffline) {
  const text = isOffline ? say("The demo does not answer. Is it still running? What you typed is kept.") : "";
  if ($("offline").textContent !== text) $("offline").textContent = text;
  // A popover is above an open dialog. A dialog that opens later covers it, until the next failed request.
  if ($("offline").matches(":popover-open")) $("offline").hidePopover();
  if (isOffline) $("offline").showPopover();
}

// Show one pane on a narrow screen. On a wide one all panes show.
export function showPane(name) {
  document.querySelector(".panes").dataset.showing = name;
  for (const tab of document.querySelectorAll("[data-pane]")) {
    const isShown = tab.dataset.pane === name;
    tab.setAttribute("aria-pressed", String(isShown));
    if (isShown) tab.querySelector(".badge-new")?.remove();
  }
}

// Post an action of the selected user and return the response. Return null if it failed: the user sees why.
export async function postAction(path, body = {}) {
  try {
    const response = await fetch(`/demo/${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ person: selection.person, ...body }) });
    const result = await response.json().catch(() => ({}));
    if (response.ok) return result;
    showToast(sayError(result.error || "The sandbox could not do that."), true);
  } catch {
    showOffline(true);
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

// Draw example commands. A press sends one.
export function showSuggestions(box, send, texts) {
  // A browser leaves a button where it is that is in sight only in part.
  box.addEventListener("focusin", (event) => event.target.scrollIntoView({ block: "nearest", inline: "nearest" }));
  box.replaceChildren(...texts.map((text) => createElement("button", { type: "button", onclick: () => send(text) }, text)));
}
