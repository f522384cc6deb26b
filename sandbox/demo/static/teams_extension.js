// The message extension in Teams: a search whose finds are posted, and the dialog that creates a session.

import { element } from "./block_kit.js";
import { renderCard } from "./cards.js";
import { $, call, page } from "./page.js";

const PAUSE_MILLISECONDS = 250;

function open(title, ...content) {
  const dialog = $("teams-dialog");
  $("teams-dialog-title").textContent = title;
  $("teams-dialog-body").replaceChildren(...content);
  if (!dialog.open) dialog.showModal();
  const first = $("teams-dialog-body").querySelector("input, select, textarea, button");
  if (first) first.focus();
}

function close() {
  $("teams-dialog").close();
}

function foundNode(attachment, choose) {
  const { title, text } = attachment.preview.content;
  return element("li", {}, element("button", { type: "button", class: "t-found", onclick: choose }, element("strong", {}, title), element("span", {}, text)));
}

// Finds requests while one types; before that, those that the bot shows first.
export function findRequest(place) {
  const field = element("input", { type: "search", id: "teams-query", class: "ac-input", autocomplete: "off", placeholder: "Its number, or words of its subject" });
  const list = element("ul", { class: "t-finds", "aria-label": "Found requests" });
  const told = element("p", { class: "empty", role: "status" });
  let asked = 0;
  let pausing = 0;
  const look = async () => {
    asked += 1;
    const mine = asked;
    const text = field.value.trim();
    told.textContent = "Searching…";
    const found = await call("teams/query", { conversation: place.id, text });
    if (mine !== asked || !found) return;
    const choose = (index) => async () => { close(); await call("teams/choose", { conversation: place.id, text, index }); };
    const rows = (found.attachments || []).map((one, index) => foundNode(one, choose(index)));
    list.replaceChildren(...rows);
    told.textContent = found.trouble || found.text || (rows.length ? "Choose one to post it." : "Nothing was found.");
  };
  field.addEventListener("input", () => { clearTimeout(pausing); pausing = setTimeout(look, PAUSE_MILLISECONDS); });
  open("Find a request", element("label", { class: "ac-label", for: "teams-query" }, "Request"), field, told, list);
  look();
}

// Shows what the bot answers to a dialog: a form, a sentence, or nothing, which closes it.
function show(task, place, message) {
  if (!task || !["message", "continue"].includes(task.type)) { close(); return; }
  if (task.type === "message") {
    open("Create a session", element("p", {}, task.value || task.text), element("div", { class: "ac-row" }, element("button", { type: "button", class: "ac-button", onclick: close }, "OK")));
    return;
  }
  const about = { conversation: place.id, message: message ? message.id : null };
  const host = {
    locale: page.state.locale,
    press: async (action, inputs) => show(await call("teams/submit", { ...about, filled_in: { ...action.data, ...inputs } }), place, message),
    search: async (dataset, text) => (await call("teams/search", { conversation: place.id, dataset, text })) || [],
  };
  open(task.value.title, renderCard(task.value.card.content, host));
}

// Creates a session: from where one writes, or from a post that names a request.
export async function createSession(place, message = null) {
  show(await call("teams/fetch", { conversation: place.id, message: message ? message.id : null }), place, message);
}

$("teams-dialog-close").addEventListener("click", close);
