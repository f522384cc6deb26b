// The message extension in Teams: the search for a request to post, and the dialog that creates a session.

import { createElement } from "./block_kit.js";
import { renderCard } from "./cards.js";
import { $, postAction, page } from "./page.js";
import { openDialog } from "./redraw.js";
import { say } from "./words.js";

const PAUSE_MILLISECONDS = 250;

function showDialog(title, ...content) {
  const dialog = $("teams-dialog");
  $("teams-dialog-title").textContent = title;
  $("teams-dialog-body").replaceChildren(...content);
  openDialog(dialog);
  const first = $("teams-dialog-body").querySelector("input, select, textarea, button");
  if (first) first.focus();
}

function closeDialog() {
  $("teams-dialog").close();
  $("teams-dialog-body").replaceChildren();
}

function drawResult(attachment, choose) {
  const { title, text } = attachment.preview.content;
  return createElement("li", {}, createElement("button", { type: "button", class: "t-result", onclick: choose }, createElement("strong", {}, title), createElement("span", {}, text)));
}

// Open the search for requests. Before the user types, it shows the bot's initial results.
export function openRequestSearch(conversation) {
  const field = createElement("input", { type: "search", id: "teams-query", class: "ac-input", autocomplete: "off", placeholder: say("Number, subject or requester") });
  const list = createElement("ul", { class: "t-results", "aria-label": say("Found requests") });
  const status = createElement("p", { class: "empty", role: "status" });
  let requestCount = 0;
  let searchTimer = 0;
  const search = async () => {
    requestCount += 1;
    const requestNumber = requestCount;
    const text = field.value.trim();
    status.textContent = say("Searching…");
    const found = await postAction("teams/query", { conversation: conversation.id, text });
    if (requestNumber !== requestCount || !found) return;
    const choose = (index) => async () => { closeDialog(); await postAction("teams/choose", { conversation: conversation.id, text, index }); };
    const rows = (found.attachments || []).map((one, index) => drawResult(one, choose(index)));
    list.replaceChildren(...rows);
    status.textContent = found.error || found.text || say(rows.length ? "Choose one to post it." : "Nothing was found.");
  };
  field.addEventListener("input", () => { clearTimeout(searchTimer); searchTimer = setTimeout(search, PAUSE_MILLISECONDS); });
  showDialog(say("Find a request"), createElement("label", { class: "ac-label", for: "teams-query" }, say("Request")), field, status, list);
  search();
}

// Show the bot's response in the dialog: a form or a text. No response closes the dialog.
function showTask(task, conversation, message) {
  if (!task || !["message", "continue"].includes(task.type)) { closeDialog(); return; }
  if (task.type === "message") {
    showDialog(say("Create a session"), createElement("p", {}, task.value || task.text), createElement("div", { class: "ac-row" }, createElement("button", { type: "button", class: "ac-button", onclick: closeDialog }, say("OK"))));
    return;
  }
  const about = { conversation: conversation.id, message: message ? message.id : null };
  const host = {
    locale: page.state.locale,
    press: async (action, inputs) => showTask(await postAction("teams/submit", { ...about, filled_in: { ...action.data, ...inputs } }), conversation, message),
    search: async (dataset, text) => (await postAction("teams/search", { conversation: conversation.id, dataset, text })) || [],
  };
  showDialog(task.value.title, renderCard(task.value.card.content, host));
}

// Open the dialog that creates a session, from the compose box or from a post that names a request.
export async function openCreateDialog(conversation, message = null) {
  showTask(await postAction("teams/fetch", { conversation: conversation.id, message: message ? message.id : null }), conversation, message);
}

$("teams-dialog-close").addEventListener("click", closeDialog);
