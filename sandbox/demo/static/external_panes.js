// The panes beside the chats: the requester's mailbox and phone, the request, and the technician's mailbox.

import { createElement, createLink } from "./block_kit.js";
import { $, selection, fillSelect, HOME, page, postAction, showPane, showToast } from "./page.js";
import { updateChildren } from "./redraw.js";
import { say } from "./words.js";

const FRAME_STYLE = `<base target="_blank"><style>body{margin:8px;font:15px/1.5 system-ui,Arial,sans-serif;overflow-wrap:anywhere}</style>`;

// Draw the entries of a box. Unchanged ones stay, so that an opened mail is not closed.
function drawEntries(box, entries, draw, emptyText) {
  const kept = entries.map(({ key, content, version = JSON.stringify(content) }) => ({ key, version, draw: () => draw(content) }));
  updateChildren(box, kept.length ? kept : [{ key: "empty", version: emptyText, draw: () => createElement("p", { class: "empty" }, emptyText) }]);
}

const keyed = (mails) => mails.map((mail) => ({ key: `mail ${mail.number}`, content: mail, version: mail.subject }));

// A mail is closed until somebody opens it: that is a step of the story.
function drawMail(mail) {
  const frame = createElement("iframe", { sandbox: "allow-popups allow-popups-to-escape-sandbox", srcdoc: FRAME_STYLE + mail.html, title: mail.subject });
  const unread = createElement("span", { class: "badge-new" }, say("new"));
  const node = createElement("details", { class: "card mail" }, createElement("summary", {}, createElement("strong", {}, mail.subject), mail.is_opened ? null : unread),
    createElement("div", { class: "from" }, say("From {sender} to {receiver}", { sender: mail.sender, receiver: mail.to })), frame);
  node.addEventListener("toggle", () => {
    if (!node.open || !unread.isConnected) return;
    unread.remove();
    postAction("open-mail", { number: mail.number });
  });
  return node;
}

function drawTextMessage(text) {
  const node = createElement("div", { class: "bubble" });
  for (const piece of text.split(/(https?:\/\/\S+)/)) node.append(/^https?:/.test(piece) ? createLink(piece, piece) : piece);
  return node;
}

export function drawRequester() {
  const { state } = page;
  fillSelect($("requester"), state.requesters.map((one) => [one.email, one.name]), selection.requester, (email) => { selection.requester = email; page.loadState(); });
  drawEntries($("mails"), keyed(state.requester.mails), drawMail, say("No mail yet. A session’s invitation arrives here."));
  drawEntries($("texts"), state.requester.texts.map((text, index) => ({ key: `text ${index}`, content: text })), drawTextMessage, say("No message yet. Pilot sessions send one."));
}

function drawEntry(entry) {
  return createElement("details", { class: entry.is_note ? "card note" : "card", open: entry.is_note },
    createElement("summary", {}, createElement("strong", {}, say(entry.is_note ? "Private note" : "Reply to the requester"))),
    createElement("iframe", { sandbox: "", srcdoc: FRAME_STYLE + entry.html, title: say("Entry"), class: entry.is_note ? "short" : "" }));
}

// Dispatch the event of a real paste, so that Teams' link preview starts here, too.
function pasteLink(pane, line, url, message) {
  showPane(pane);
  if (pane === "chat" && selection.channel === HOME) selection.channel = page.state.channels[0].id;
  page.draw();
  line.value = url;
  line.dispatchEvent(new Event("input"));
  line.focus();
  showToast(message);
}

function drawFacts(request) {
  const button = (title, pane, line, message) => createElement("button", { type: "button", class: "button", onclick: () => pasteLink(pane, $(line), request.url, message) }, title);
  return createElement("dl", { class: "facts" },
    createElement("dt", {}, say("Subject")), createElement("dd", {}, request.subject),
    createElement("dt", {}, say("Status")), createElement("dd", {}, request.status),
    createElement("dt", {}, say("Requester")), createElement("dd", {}, request.requester),
    createElement("dt", {}, say("Link")), createElement("dd", { class: "link-actions" }, createLink(request.url, say("Open the request")),
      button(say("Paste in Slack"), "chat", "message-input", say("The link is in the message field: send it to see its preview.")),
      button(say("Paste in Teams"), "teams", "teams-input", say("The link is in the field of Teams, and its preview above it."))));
}

export function drawRequest() {
  const { state } = page;
  const request = state.request;
  fillSelect($("request"), state.requests.map((one) => [one.number, `#${one.number} ${one.subject.slice(0, 40)}`]), selection.request, (number) => { selection.request = number; page.loadState(); });
  const { conversation, ...facts } = request;
  drawEntries($("request-facts"), [{ key: "facts", content: facts }], drawFacts, "");
  const entries = conversation.map((entry, index) => ({ key: `entry ${request.number} ${conversation.length - index}`, content: entry }));
  drawEntries($("conversation"), entries, drawEntry, say("Nothing yet. The bot’s replies and notes appear here."));
  drawEntries($("own-mails"), keyed(state.own_mails), drawMail, say("No mail yet. Your own link arrives here."));
}
