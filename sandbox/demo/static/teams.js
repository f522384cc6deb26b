// The Teams-like pane: a team's channel, the personal chat with the bot, and what is written there.

import { element } from "./block_kit.js";
import { $, call, choice, keep, page, suggest, toast } from "./page.js";
import { createSession, findRequest } from "./teams_extension.js";
import { postNode } from "./teams_posts.js";

const SUGGESTIONS = ["auth", "create 102", "pilot 103", "show 101", "create", "list", "history 101", "status", "home", "help", "admin status"];
const LINK = /https?:\/\/\S+/;
const PAUSE_MILLISECONDS = 250;

// What is being written: an answer to a thread, the preview of a link, whether the bot is mentioned.
const draft = { writer: null, thread: null, preview: null, mention: true };
const told = new Map();

function current() {
  const { conversations } = page.state.teams;
  return conversations.find((one) => one.id === choice.place) || conversations[0];
}

function placeButton(one, isCurrent) {
  const name = one.is_personal ? one.name : `${one.team} › ${one.name}`;
  const sign = element("span", { class: one.is_personal ? "t-avatar t-bot t-mini" : "t-avatar t-team t-mini", "aria-hidden": "true" }, one.is_personal ? "tv" : "SD");
  return element("li", {}, element("button", { type: "button", "aria-current": String(isCurrent), onclick: () => { choice.place = one.id; begin(); page.draw(); } }, sign, name));
}

// Says what Teams has said to this person since it was last looked: first of all it is only counted.
function tellNews() {
  const { toasts, troubles } = page.state.teams;
  const [toastsTold, troublesTold] = told.get(choice.person) || [toasts.length, troubles.length];
  told.set(choice.person, [toasts.length, troubles.length]);
  if (toasts.length > toastsTold) toast(toasts.at(-1));
  if (troubles.length > troublesTold) toast(troubles.at(-1), true);
}

function emptyNode(place) {
  if (!place.is_personal) return element("p", { class: "empty" }, "Nothing here yet. Mention the bot with a command, or press one of the suggestions.");
  return element("div", { class: "t-empty" },
    element("div", { class: "t-avatar t-bot t-large", "aria-hidden": "true" }, "tv"),
    element("p", {}, "This is your own chat with the bot. Add the app to see your overview, or just type a command."),
    element("button", { type: "button", class: "ac-button ac-positive", onclick: () => call("teams/install", { conversation: place.id }) }, `Add ${place.name}`));
}

export function drawTeams() {
  const { teams, locale } = page.state;
  const place = current();
  choice.place = place.id;
  $("teams-composer").hidden = false;
  if (draft.writer !== choice.person) begin();
  tellNews();
  keep($("teams-places"), teams.conversations.map((one) => ({ key: one.id, about: String(one === place), draw: () => placeButton(one, one === place) })));
  $("teams-name").textContent = place.name;
  $("teams-about").textContent = place.is_personal ? "Your personal chat with the bot" : `${place.team}: a team’s channel, where the bot is mentioned`;
  const box = $("teams-messages");
  box.classList.toggle("t-chat", place.is_personal);
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 140 || box.dataset.place !== place.id;
  const acts = { place, locale, bot: teams.bot, reply, createSession };
  const posts = place.messages.map((one) => ({ key: `${place.id} ${one.id}`, about: choice.person + JSON.stringify(one), draw: () => postNode(one, acts) }));
  keep(box, posts.length ? posts : [{ key: `empty ${place.id}`, about: "", draw: () => emptyNode(place) }]);
  box.dataset.place = place.id;
  if (atEnd) box.scrollTop = box.scrollHeight;
  $("teams-typing").hidden = !place.is_typing;
  drawDraft(place);
}

function drawDraft(place) {
  const { bot } = page.state.teams;
  $("teams-mention").hidden = place.is_personal;
  $("teams-mention").textContent = `@${bot}`;
  $("teams-mention").setAttribute("aria-pressed", String(draft.mention));
  const taken = (what, drop) => element("button", { type: "button", class: "t-drop", "aria-label": what, onclick: () => { drop(); drawDraft(place); } }, "✕");
  const answered = place.messages.find((one) => one.id === draft.thread);
  const shown = [];
  if (answered) shown.push({ key: "thread", about: draft.thread, draw: () => element("div", { class: "t-draft" }, `Reply to ${answered.name}`, taken("Do not reply there", () => { draft.thread = null; })) });
  if (draft.preview) {
    const post = { id: "preview", cards: [draft.preview.card], is_preview: true };
    shown.push({ key: "preview", about: draft.preview.url, draw: () => element("div", { class: "t-draft" }, postNode(post, { place, locale: page.state.locale, bot }), taken("Remove the preview", () => { draft.preview = null; })) });
  }
  keep($("teams-draft"), shown);
}

function begin() {
  Object.assign(draft, { writer: choice.person, thread: null, preview: null, mention: true });
}

function reply(post) {
  draft.thread = post.root;
  drawDraft(current());
  $("teams-line").focus();
}

let pausing = 0;
// A link in the line is asked about as Teams does while one writes. A post of a link alone is for the others, not for the bot.
function look() {
  clearTimeout(pausing);
  const place = current();
  const [url] = $("teams-line").value.match(LINK) || [];
  if (!url || (draft.preview && draft.preview.url === url)) return;
  pausing = setTimeout(async () => {
    const shown = await call("teams/preview", { conversation: place.id, text: url });
    if (!shown || !shown.card || !$("teams-line").value.includes(url) || choice.place !== place.id) return;
    Object.assign(draft, { preview: shown, mention: $("teams-line").value.trim() !== url && draft.mention });
    drawDraft(place);
  }, PAUSE_MILLISECONDS);
}

async function post(event) {
  event.preventDefault();
  const text = $("teams-line").value;
  if (!text.trim()) return;
  const { thread, preview, mention } = draft;
  const isShown = preview && text.includes(preview.url);
  $("teams-line").value = "";
  begin();
  drawDraft(current());
  $("teams-messages").dataset.place = "";
  await call("teams/say", { conversation: choice.place, text, thread, mention, preview: isShown ? preview.url : null });
}

export function startTeams() {
  suggest($("teams-suggestions"), $("teams-line"), SUGGESTIONS);
  $("teams-composer").addEventListener("submit", post);
  $("teams-line").addEventListener("input", look);
  $("teams-mention").addEventListener("click", () => { draft.mention = !draft.mention; drawDraft(current()); });
  const menu = $("teams-apps");
  const take = (act) => () => { menu.open = false; act(current()); };
  $("teams-find").addEventListener("click", take(findRequest));
  $("teams-create").addEventListener("click", take(createSession));
  menu.addEventListener("keydown", (event) => { if (event.key === "Escape" && menu.open) { menu.open = false; menu.querySelector("summary").focus(); } });
  menu.addEventListener("focusout", (event) => { if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false; });
}
