// The entry point of the demo page: load the state, draw every pane, and redraw on each change.

import { drawRequest, drawRequester } from "./external_panes.js";
import { $, selection, HOME, fillSelect, page } from "./page.js";
import { drawSlack, setUpSlack } from "./slack.js";
import { drawTeams, setUpTeams } from "./teams.js";

let drawnText = "";
let requestCount = 0;

function selectPerson(user) {
  Object.assign(selection, { person: user, channel: null, conversation: null });
  // Hide the composers until the state has arrived: only then is the target of a message known.
  for (const composer of [$("composer"), $("teams-composer")]) composer.hidden = true;
  page.loadState();
}

page.draw = () => {
  const { state } = page;
  document.documentElement.dataset.locale = state.locale;
  fillSelect($("person"), state.people.map((one) => [one.user, `${one.name} – ${one.role}`]), selection.person, selectPerson);
  drawSlack();
  drawTeams();
  drawRequester();
  drawRequest();
};

page.loadState = async () => {
  requestCount += 1;
  const requestNumber = requestCount;
  const query = new URLSearchParams(["person", "requester", "request"].filter((name) => selection[name]).map((name) => [name, selection[name]]));
  const text = await (await fetch(`/demo/state?${query}`)).text();
  // A newer request is running, or nothing has changed.
  if (requestNumber !== requestCount || text === drawnText) return;
  drawnText = text;
  const state = JSON.parse(text);
  page.state = state;
  Object.assign(selection, { person: state.person, requester: state.requester.email, request: state.request.number });
  if (selection.channel !== HOME && !state.channels.some((one) => one.id === selection.channel)) selection.channel = state.channels[0].id;
  page.draw();
};

for (const tab of document.querySelectorAll("[data-pane]")) {
  tab.addEventListener("click", () => {
    document.querySelector(".panes").dataset.showing = tab.dataset.pane;
    for (const other of document.querySelectorAll("[data-pane]")) other.setAttribute("aria-pressed", String(other === tab));
    for (const box of [$("messages"), $("teams-messages")]) box.dataset.shownId = "";
    page.draw();
  });
}

setUpSlack();
setUpTeams();
await page.loadState();
new EventSource("/demo/changes").onmessage = page.loadState;
