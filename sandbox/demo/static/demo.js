// The demo page: it shows what the sandbox holds, and lets people type, press and join.

import { drawRequest, drawRequester } from "./external_panes.js";
import { $, choice, HOME, options, page } from "./page.js";
import { drawSlack, startSlack } from "./slack.js";
import { drawTeams, startTeams } from "./teams.js";

let drawn = "";
let asked = 0;

function choosePerson(user) {
  Object.assign(choice, { person: user, channel: null, place: null });
  // Nothing can be typed until it is known where it goes.
  for (const composer of [$("composer"), $("teams-composer")]) composer.hidden = true;
  page.refresh();
}

page.draw = () => {
  const { state } = page;
  document.documentElement.dataset.locale = state.locale;
  options($("person"), state.people.map((one) => [one.user, `${one.name} – ${one.role}`]), choice.person, choosePerson);
  drawSlack();
  drawTeams();
  drawRequester();
  drawRequest();
};

page.refresh = async () => {
  asked += 1;
  const mine = asked;
  const query = new URLSearchParams(["person", "requester", "request"].filter((name) => choice[name]).map((name) => [name, choice[name]]));
  const text = await (await fetch(`/demo/state?${query}`)).text();
  if (mine !== asked || text === drawn) return;
  drawn = text;
  const state = JSON.parse(text);
  page.state = state;
  Object.assign(choice, { person: state.person, requester: state.requester.email, request: state.request.number });
  if (choice.channel !== HOME && !state.channels.some((one) => one.id === choice.channel)) choice.channel = state.channels[0].id;
  page.draw();
};

for (const tab of document.querySelectorAll("[data-pane]")) {
  tab.addEventListener("click", () => {
    document.querySelector(".panes").dataset.showing = tab.dataset.pane;
    for (const other of document.querySelectorAll("[data-pane]")) other.setAttribute("aria-pressed", String(other === tab));
    for (const box of [$("messages"), $("teams-messages")]) box.dataset.place = "";
    page.draw();
  });
}

startSlack();
startTeams();
await page.refresh();
new EventSource("/demo/changes").onmessage = page.refresh;
