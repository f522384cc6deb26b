// The entry point of the demo page: load the state, draw every pane, and redraw on each change.

import { noteArrivals } from "./arrivals.js";
import { drawRequest, drawRequester } from "./external_panes.js";
import { drawGuide, setUpGuide } from "./guide.js";
import { $, selection, HOME, fillSelect, page, showOffline, showPane } from "./page.js";
import { drawSlack, sendSlackMessage, setUpSlack } from "./slack.js";
import { drawTeams, setUpTeams } from "./teams.js";
import { say, translatePage } from "./words.js";

translatePage();
let drawnText = "";
let requestCount = 0;
const RETRY_MILLISECONDS = 3000;

function selectPerson(user) {
  Object.assign(selection, { person: user, channel: null, conversation: null });
  drawnText = "";
  // Until this person's state has arrived, the page shows that of somebody else: nothing there may be pressed, and no message is written.
  $("main").inert = true;
  for (const composer of [$("composer"), $("teams-composer")]) composer.hidden = true;
  page.loadState();
}

page.draw = () => {
  const { state } = page;
  if (state.person !== selection.person) return;
  $("main").inert = false;
  document.documentElement.dataset.locale = state.locale;
  fillSelect($("person"), state.people.map((one) => [one.user, `${one.name} – ${say(one.role)}`]), selection.person, selectPerson);
  drawGuide();
  drawSlack();
  drawTeams();
  drawRequester();
  drawRequest();
};

page.loadState = async () => {
  requestCount += 1;
  const requestNumber = requestCount;
  const query = new URLSearchParams(["person", "requester", "request"].filter((name) => selection[name]).map((name) => [name, selection[name]]));
  const text = await fetchState(query);
  // A newer request is running.
  if (requestNumber !== requestCount) return;
  if (text === null) { setTimeout(page.loadState, RETRY_MILLISECONDS); return; }
  if (text === drawnText) return;
  drawnText = text;
  const state = JSON.parse(text);
  page.state = state;
  Object.assign(selection, { person: state.person, requester: state.requester.email, request: state.request.number });
  if (selection.channel !== HOME && !state.channels.some((one) => one.id === selection.channel)) selection.channel = state.channels[0].id;
  page.draw();
  // The mailbox and the request that something arrived for come forward.
  if (noteArrivals()) page.loadState();
};

async function fetchState(query) {
  try {
    const response = await fetch(`/demo/state?${query}`);
    if (!response.ok) throw new Error(response.statusText);
    const text = await response.text();
    showOffline(false);
    return text;
  } catch {
    showOffline(true);
    return null;
  }
}

for (const tab of document.querySelectorAll("[data-pane]")) {
  tab.addEventListener("click", () => {
    showPane(tab.dataset.pane);
    for (const box of [$("messages"), $("teams-messages")]) box.dataset.shownId = "";
    page.draw();
  });
}

setUpSlack();
setUpTeams();
setUpGuide(sendSlackMessage);
await page.loadState();
const changes = new EventSource("/demo/changes");
changes.onmessage = page.loadState;
changes.onerror = () => showOffline(true);
changes.onopen = page.loadState;
