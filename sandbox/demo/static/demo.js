// The demo page: it shows what the sandbox holds, and lets people type, press and join.

import { blocks, element, link, mrkdwn } from "./blocks.js";

const $ = (id) => document.getElementById(id);
const HOME = "home";
const choice = { person: null, channel: null, requester: null, request: null };
let state = null;
let drawn = "";

const PAPER = `<base target="_blank"><style>body{margin:8px;font:15px/1.5 system-ui,Arial,sans-serif;overflow-wrap:anywhere}</style>`;
const SUGGESTIONS = ["/tv create", "/tv admin status", "/tv help", "/tv auth", "/tv create 101", "/tv create 103 --pilot", "/tv show 101", "/tv list", "/tv history 101", "/tv status"];

async function call(path, body) {
  const answer = await fetch(`/demo/${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) toast("The sandbox could not do that.");
}

function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  setTimeout(() => { $("toast").hidden = true; }, 4000);
}

function ask(question) {
  const dialog = $("confirm");
  dialog.querySelector("h2").textContent = question.title.text;
  dialog.querySelector("p").textContent = question.text.text;
  dialog.querySelector('[value="no"]').textContent = question.deny.text;
  dialog.querySelector('[value="yes"]').textContent = question.confirm.text;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

function options(select, entries, chosen, change) {
  const wanted = JSON.stringify(entries);
  if (select.dataset.entries !== wanted) {
    select.replaceChildren(...entries.map(([value, label]) => element("option", { value }, label)));
    select.dataset.entries = wanted;
  }
  select.value = chosen;
  select.onchange = () => change(select.value);
}

function initials(name) {
  return name.split(/\s+/).map((word) => word[0] || "").slice(0, 2).join("").toUpperCase();
}

function press(message) {
  return async (one) => {
    if (one.confirm && !(await ask(one.confirm))) return;
    await call("press", { person: choice.person, channel: choice.channel, message: message.ts, view: message.view, action_id: one.action_id, value: one.value });
  };
}

function previews(message) {
  return (message.previews || []).map((one) => element("div", { class: "blocks preview" }, ...blocks(one.blocks, () => toast("Press it on the card of the session."), state.names)));
}

function tools(message) {
  if (message.is_bot || message.is_private) return null;
  return element("div", { class: "message-tools" }, element("button", { type: "button", onclick: () => call("shortcut", { person: choice.person, channel: choice.channel, message: message.ts }) }, "Help with TeamViewer"));
}

function messageNode(message) {
  const body = message.blocks && message.blocks.length
    ? element("div", { class: message.is_bot ? "blocks framed" : "blocks" }, ...blocks(message.blocks, press(message), state.names))
    : element("div", { class: "blocks" }, mrkdwn(message.text || "", state.names));
  const classes = ["message", message.is_bot ? "bot" : "", message.is_private ? "private" : ""].join(" ");
  return element("article", { class: classes },
    element("div", { class: "avatar", "aria-hidden": "true" }, message.is_bot ? "tv" : initials(message.name)),
    element("div", {},
      element("div", { class: "by" }, message.name,
        message.is_bot ? element("span", { class: "badge" }, "APP") : null,
        element("small", {}, new Date(Number(message.ts.split(".")[0]) * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })),
        message.is_private ? element("small", {}, "Only visible to you") : null,
        message.is_edited ? element("small", {}, "(updated)") : null),
      body, ...previews(message), tools(message)));
}

function drawChat() {
  options($("person"), state.people.map((one) => [one.user, `${one.name} – ${one.role}`]), choice.person, (user) => { choice.person = user; choice.channel = null; refresh(); });
  const list = state.channels.map((one) => element("li", {}, element("button", {
    type: "button", "aria-current": String(one.id === choice.channel), onclick: () => { choice.channel = one.id; draw(); },
  }, one.is_dm ? "✉ tvbot" : `# ${one.name}`)));
  $("channels").replaceChildren(...list);
  $("open-home").setAttribute("aria-current", String(choice.channel === HOME));
  if (choice.channel === HOME) { drawHome(); return; }
  $("composer").hidden = false;
  $("suggestions").hidden = false;
  const channel = state.channels.find((one) => one.id === choice.channel) || state.channels[0];
  $("channel-name").textContent = channel.is_dm ? "tvbot" : `# ${channel.name}`;
  $("channel-about").textContent = channel.is_dm ? "Your own conversation with the bot" : channel.about;
  const box = $("messages");
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 120 || box.dataset.channel !== channel.id;
  const shown = channel.messages.map(messageNode);
  box.replaceChildren(...(shown.length ? shown : [element("p", { class: "empty" }, "Nothing here yet. Type a command below, or press one of the suggestions.")]));
  box.dataset.channel = channel.id;
  if (atEnd) box.scrollTop = box.scrollHeight;
  $("hint").textContent = state.hint;
}

function drawHome() {
  $("channel-name").textContent = "tvbot";
  $("channel-about").textContent = "App Home: yours alone";
  $("composer").hidden = true;
  $("suggestions").hidden = true;
  const home = state.home;
  const shown = home ? element("div", { class: "blocks home" }, ...blocks(home.blocks, press({ view: home.id }), state.names)) : element("p", { class: "empty" }, "One moment…");
  $("messages").replaceChildren(shown);
}

let modalShown = "";
function drawModal() {
  const modal = state.modal;
  const dialog = $("modal");
  if (!modal) { modalShown = ""; if (dialog.open) dialog.close(); return; }
  if (modalShown === modal.id) return;
  modalShown = modal.id;
  $("modal-title").textContent = modal.title.text;
  $("modal-submit").textContent = modal.submit.text;
  $("modal-close").textContent = modal.close.text;
  $("modal-blocks").replaceChildren(...modal.blocks.filter((one) => one.type === "input").flatMap(inputNodes));
  dialog.showModal();
}

function inputNodes(block) {
  const one = block.element;
  const label = element("label", { for: `in-${block.block_id}` }, block.label.text + (block.optional ? " (optional)" : ""));
  if (one.type === "radio_buttons") {
    const radios = one.options.map((option) => element("label", { class: "radio" }, element("input", { type: "radio", name: block.block_id, value: option.value, checked: option.value === (one.initial_option || {}).value }), option.text.text));
    return [label, ...radios];
  }
  if (one.type === "external_select") {
    const typed = element("input", { type: "text", id: `in-${block.block_id}`, placeholder: one.placeholder.text, autocomplete: "off" });
    const found = element("select", { name: block.block_id, class: "found", size: 4, "aria-label": "Found requests" });
    if (one.initial_option) found.append(element("option", { value: one.initial_option.value, selected: true }, one.initial_option.text.text));
    typed.addEventListener("input", async () => {
      if (typed.value.length < one.min_query_length) return;
      const answer = await fetch("/demo/options", { method: "POST", body: JSON.stringify({ person: choice.person, action_id: one.action_id, block_id: block.block_id, value: typed.value }) });
      found.replaceChildren(...(await answer.json()).map((option, place) => element("option", { value: option.value, selected: place === 0 }, option.text.text)));
    });
    return [label, typed, found];
  }
  return [label, element("textarea", { id: `in-${block.block_id}`, name: block.block_id, rows: 3, maxlength: one.max_length }, one.initial_value || "")];
}

function mailNode(mail) {
  const frame = element("iframe", { sandbox: "allow-popups allow-popups-to-escape-sandbox", srcdoc: PAPER + mail.html, title: mail.subject });
  return element("details", { class: "card", open: mail.is_newest }, element("summary", {}, element("strong", {}, mail.subject)),
    element("div", { class: "from" }, `From ${mail.sender} to ${mail.to}`), frame);
}

// Draws a box anew only where what it shows has changed, so that an opened mail stays as it is.
function fill(box, entries, draw, empty) {
  const wanted = JSON.stringify(entries);
  if (box.dataset.entries === wanted) return;
  box.dataset.entries = wanted;
  box.replaceChildren(...(entries.length ? entries.map(draw) : [element("p", { class: "empty" }, empty)]));
}

function bubble(text) {
  const node = element("div", { class: "bubble" });
  for (const piece of text.split(/(https?:\/\/\S+)/)) node.append(/^https?:/.test(piece) ? link(piece, piece) : piece);
  return node;
}

function drawRequester() {
  options($("requester"), state.requesters.map((one) => [one.email, one.name]), choice.requester, (email) => { choice.requester = email; refresh(); });
  fill($("mails"), state.requester.mails, mailNode, "No mail yet. A session’s invitation arrives here.");
  fill($("texts"), state.requester.texts, bubble, "No message yet. Pilot sessions send one.");
}

function entryNode(entry) {
  return element("details", { class: entry.is_note ? "card note" : "card", open: entry.is_note },
    element("summary", {}, element("strong", {}, entry.is_note ? "Private note" : "Reply to the requester")),
    element("iframe", { sandbox: "", srcdoc: PAPER + entry.html, title: "Entry", style: entry.is_note ? "height:9rem" : "" }));
}

function drawRequest() {
  options($("request"), state.requests.map((one) => [one.number, `#${one.number} ${one.subject.slice(0, 40)}`]), choice.request, (number) => { choice.request = number; refresh(); });
  const request = state.request;
  $("request-facts").replaceChildren(element("dl", { class: "facts" },
    element("dt", {}, "Subject"), element("dd", {}, request.subject),
    element("dt", {}, "Status"), element("dd", {}, request.status),
    element("dt", {}, "Requester"), element("dd", {}, request.requester),
    element("dt", {}, "Link"), element("dd", {}, link(request.url, "Open the request"), " ", element("button", { type: "button", class: "button", onclick: () => { $("line").value = request.url; toast("The link is in the message field: send it to see its preview."); } }, "Paste in chat"))));
  fill($("conversation"), request.conversation, entryNode, "Nothing yet. Replies and notes of the bot stand here.");
  fill($("own-mails"), state.own_mails, mailNode, "No mail yet. Your own link arrives here.");
}

function draw() {
  document.documentElement.dataset.locale = state.locale;
  drawChat();
  drawModal();
  drawRequester();
  drawRequest();
}

async function refresh() {
  const query = new URLSearchParams(Object.entries(choice).filter(([, value]) => value));
  const text = await (await fetch(`/demo/state?${query}`)).text();
  if (text === drawn) return;
  drawn = text;
  state = JSON.parse(text);
  Object.assign(choice, { person: state.person, requester: state.requester.email, request: state.request.number });
  if (choice.channel !== HOME && !state.channels.some((one) => one.id === choice.channel)) choice.channel = state.channels[0].id;
  draw();
}

$("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const line = $("line").value;
  if (!line.trim()) return;
  $("line").value = "";
  await call("say", { person: choice.person, channel: choice.channel, text: line });
});
$("suggestions").replaceChildren(...SUGGESTIONS.map((text) => element("button", { type: "button", onclick: () => { $("line").value = text; $("line").focus(); } }, text)));
for (const tab of document.querySelectorAll("[data-pane]")) {
  tab.addEventListener("click", () => {
    document.querySelector(".panes").dataset.showing = tab.dataset.pane;
    for (const other of document.querySelectorAll("[data-pane]")) other.setAttribute("aria-pressed", String(other === tab));
  });
}

$("open-home").addEventListener("click", async () => {
  choice.channel = HOME;
  await call("home", { person: choice.person });
  draw();
});
$("open-form").addEventListener("click", () => call("shortcut", { person: choice.person }));
$("modal-close").addEventListener("click", () => call("close", { person: choice.person, view: state.modal.id }));
$("modal").addEventListener("cancel", (event) => { event.preventDefault(); $("modal-close").click(); });
$("modal-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const values = Object.fromEntries([...new FormData(event.target)].filter(([, value]) => value !== ""));
  if (!values.request) { toast("Choose a request first."); return; }
  await call("submit", { person: choice.person, view: state.modal.id, values });
});

await refresh();
new EventSource("/demo/changes").onmessage = refresh;
