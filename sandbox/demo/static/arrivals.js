// Bring forward what something has arrived in: the requester's mailbox and phone, and the request.

import { createElement } from "./block_kit.js";
import { $, page, selection } from "./page.js";
import { say } from "./words.js";

const PLACES = {
  mails: { pane: "requester", select: "requester", box: "mails" },
  texts: { pane: "requester", select: "requester", box: "texts" },
  entries: { pane: "request", select: "request", box: "conversation" },
};
let known = null;

function findGrown(kind, arrivals) {
  return Object.entries(arrivals[kind]).filter(([key, count]) => count > (known[kind][key] || 0)).map(([key]) => key);
}

function markTab(pane) {
  const tab = document.querySelector(`[data-pane="${pane}"]`);
  if (tab.getAttribute("aria-pressed") === "true" || tab.querySelector(".badge-new")) return;
  tab.append(createElement("span", { class: "badge-new" }, say("new")));
}

function highlight(box) {
  box.classList.remove("arrived");
  // Reading the layout starts the animation again.
  void box.offsetWidth;
  box.classList.add("arrived");
  box.scrollIntoView({ block: "nearest" });
}

// Select whom or what something has arrived for. Return whether the selection changed, so that the state must be loaded again.
export function noteArrivals() {
  const { arrivals } = page.state;
  const before = JSON.stringify(selection);
  if (known) {
    for (const [kind, place] of Object.entries(PLACES)) {
      const grown = findGrown(kind, arrivals);
      if (!grown.length) continue;
      // Nothing moves under the hands of somebody who works in that pane, unless it is what they look at.
      const isBusy = $(`pane-${place.pane}`).contains(document.activeElement);
      if (!grown.includes(selection[place.select]) && !isBusy) selection[place.select] = grown.at(-1);
      markTab(place.pane);
      highlight($(place.box));
    }
  }
  known = arrivals;
  return JSON.stringify(selection) !== before;
}
