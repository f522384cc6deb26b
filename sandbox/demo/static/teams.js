// The Teams pane: a team's channel, the personal chat with the bot, and the compose box.

import { createElement } from "./block_kit.js";
import { setUpMentionPicker } from "./mention_picker.js";
import { $, postAction, selection, page, showSuggestions, showToast } from "./page.js";
import { updateChildren } from "./redraw.js";
import { openCreateDialog, openRequestSearch } from "./teams_extension.js";
import { drawPost } from "./teams_posts.js";
import { say } from "./words.js";

const SUGGESTIONS = [say("auth"), say("create 102"), say("pilot 103"), say("show 101"), say("create"), say("list"), say("history 101"), say("status"), say("home"), say("help"), say("admin status")];
const LINK = /https?:\/\/\S+/;
const PAUSE_MILLISECONDS = 250;

// The draft: who writes it, the thread it replies to, the preview of a link, whether it mentions the bot.
const draft = { writer: null, thread: null, preview: null, mention: true };
const shownCounts = new Map();

function currentConversation() {
  const { conversations } = page.state.teams;
  return conversations.find((one) => one.id === selection.conversation) || conversations[0];
}

function drawConversationButton(one, isCurrent) {
  const name = one.is_personal ? one.name : `${one.team} › ${one.name}`;
  const sign = createElement("span", { class: one.is_personal ? "t-avatar t-bot t-mini" : "t-avatar t-team t-mini", "aria-hidden": "true" }, one.is_personal ? "tv" : "SD");
  return createElement("li", {}, createElement("button", { type: "button", "aria-current": String(isCurrent), onclick: () => { selection.conversation = one.id; resetDraft(); page.draw(); } }, sign, name));
}

// Show the toasts and errors that are new for this person. The first call only counts the existing ones.
function showNewToasts() {
  const { toasts, error_messages: errors } = page.state.teams;
  const [shownToasts, shownErrors] = shownCounts.get(selection.person) || [toasts.length, errors.length];
  shownCounts.set(selection.person, [toasts.length, errors.length]);
  if (toasts.length > shownToasts) showToast(toasts.at(-1));
  if (errors.length > shownErrors) showToast(errors.at(-1), true);
}

function drawEmptyState(conversation) {
  if (!conversation.is_personal) return createElement("p", { class: "empty" }, say("Nothing here yet. Mention the bot with a command, or press one of the suggestions."));
  return createElement("div", { class: "t-empty" },
    createElement("div", { class: "t-avatar t-bot t-large", "aria-hidden": "true" }, "tv"),
    createElement("p", {}, say("This is your own chat with the bot. Add the app to see your overview, or just type a command.")),
    createElement("button", { type: "button", class: "ac-button ac-positive", onclick: () => postAction("teams/install", { conversation: conversation.id }) }, say("Add {name}", { name: conversation.name })));
}

export function drawTeams() {
  const { teams, locale } = page.state;
  const conversation = currentConversation();
  selection.conversation = conversation.id;
  $("teams-composer").hidden = false;
  if (draft.writer !== selection.person) resetDraft();
  showNewToasts();
  updateChildren($("teams-conversations"), teams.conversations.map((one) => ({ key: one.id, version: String(one === conversation), draw: () => drawConversationButton(one, one === conversation) })));
  $("teams-name").textContent = conversation.name;
  $("teams-about").textContent = conversation.is_personal ? say("Your personal chat with the bot") : say("{team}: a team’s channel, where the bot is mentioned", { team: conversation.team });
  const box = $("teams-messages");
  box.classList.toggle("t-chat", conversation.is_personal);
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 140 || box.dataset.shownId !== conversation.id;
  const actions = { conversation, locale, bot: teams.bot, reply: startReply, createSession: openCreateDialog };
  const posts = conversation.messages.map((one) => ({ key: `${conversation.id} ${one.id}`, version: selection.person + JSON.stringify(one), draw: () => drawPost(one, actions) }));
  updateChildren(box, posts.length ? posts : [{ key: `empty ${conversation.id}`, version: "", draw: () => drawEmptyState(conversation) }]);
  box.dataset.shownId = conversation.id;
  if (atEnd) box.scrollTop = box.scrollHeight;
  $("teams-typing").hidden = !conversation.is_typing;
  drawDraft(conversation);
}

function drawDraft(conversation) {
  const { bot } = page.state.teams;
  $("teams-mention").hidden = conversation.is_personal;
  $("teams-mention").textContent = `@${bot}`;
  $("teams-mention").setAttribute("aria-pressed", String(draft.mention));
  const createRemoveButton = (label, remove) => createElement("button", { type: "button", class: "t-remove", "aria-label": label, onclick: () => { remove(); drawDraft(conversation); } }, "✕");
  const repliedTo = conversation.messages.find((one) => one.id === draft.thread);
  const shown = [];
  if (repliedTo) shown.push({ key: "thread", version: draft.thread, draw: () => createElement("div", { class: "t-draft" }, say("Reply to {name}", { name: repliedTo.name }), createRemoveButton(say("Do not reply there"), () => { draft.thread = null; })) });
  if (draft.preview) {
    const post = { id: "preview", cards: [draft.preview.card], is_preview: true };
    shown.push({ key: "preview", version: draft.preview.url, draw: () => createElement("div", { class: "t-draft" }, drawPost(post, { conversation, locale: page.state.locale, bot }), createRemoveButton(say("Remove the preview"), () => { draft.preview = null; })) });
  }
  updateChildren($("teams-draft"), shown);
}

function resetDraft() {
  Object.assign(draft, { writer: selection.person, thread: null, preview: null, mention: true });
}

function startReply(post) {
  draft.thread = post.thread_root;
  drawDraft(currentConversation());
  $("teams-input").focus();
}

let previewTimer = 0;
// Ask the bot for the preview of a typed link, as Teams does. A post with nothing but a link does not mention the bot.
function previewTypedLink() {
  clearTimeout(previewTimer);
  const conversation = currentConversation();
  const [url] = $("teams-input").value.match(LINK) || [];
  if (!url || (draft.preview && draft.preview.url === url)) return;
  previewTimer = setTimeout(async () => {
    const shown = await postAction("teams/preview", { conversation: conversation.id, text: url });
    if (!shown || !shown.card || !$("teams-input").value.includes(url) || selection.conversation !== conversation.id) return;
    Object.assign(draft, { preview: shown, mention: $("teams-input").value.trim() !== url && draft.mention });
    drawDraft(conversation);
  }, PAUSE_MILLISECONDS);
}

// Post a text with the current draft: its thread, its preview, and whether it mentions the bot. Return whether it was posted.
async function postText(text) {
  const { thread, preview, mention } = draft;
  const isShown = preview && text.includes(preview.url);
  resetDraft();
  drawDraft(currentConversation());
  $("teams-messages").dataset.shownId = "";
  const result = await postAction("teams/say", { conversation: selection.conversation, text, thread, mention, preview: isShown ? preview.url : null });
  if (result === null) Object.assign(draft, { thread, preview, mention });
  return result !== null;
}

async function submitComposer(event) {
  event.preventDefault();
  const input = $("teams-input");
  const text = input.value;
  if (!text.trim()) { input.focus(); return; }
  input.value = "";
  // What could not be posted stays, unless something else was typed meanwhile.
  if (await postText(text) || input.value) return;
  input.value = text;
  drawDraft(currentConversation());
}

export function setUpTeams() {
  showSuggestions($("teams-suggestions"), postText, SUGGESTIONS);
  setUpMentionPicker($("teams-input"), (person) => `@${person.name}`);
  $("teams-composer").addEventListener("submit", submitComposer);
  $("teams-input").addEventListener("input", previewTypedLink);
  $("teams-mention").addEventListener("click", () => { draft.mention = !draft.mention; drawDraft(currentConversation()); });
  const menu = $("teams-apps");
  const createMenuHandler = (openDialog) => () => {
    menu.open = false;
    // The menu is closed by now, so that a dialog gives the focus back to what opened it.
    menu.querySelector("summary").focus();
    openDialog(currentConversation());
  };
  $("teams-find").addEventListener("click", createMenuHandler(openRequestSearch));
  $("teams-create").addEventListener("click", createMenuHandler(openCreateDialog));
  menu.addEventListener("keydown", (event) => { if (event.key === "Escape" && menu.open) { menu.open = false; menu.querySelector("summary").focus(); } });
  menu.addEventListener("focusout", (event) => { if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false; });
}
