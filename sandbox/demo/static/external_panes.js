// The panes beside the chats: the requester's mailbox and phone, the request, and the technician's mailbox.

import { createElement, createLink } from "./block_kit.js";
import { $, selection, redrawIfChanged, fillSelect, page, showToast } from "./page.js";

const FRAME_STYLE = `<base target="_blank"><style>body{margin:8px;font:15px/1.5 system-ui,Arial,sans-serif;overflow-wrap:anywhere}</style>`;

function drawMail(mail) {
  const frame = createElement("iframe", { sandbox: "allow-popups allow-popups-to-escape-sandbox", srcdoc: FRAME_STYLE + mail.html, title: mail.subject });
  return createElement("details", { class: "card", open: mail.is_newest }, createElement("summary", {}, createElement("strong", {}, mail.subject)),
    createElement("div", { class: "from" }, `From ${mail.sender} to ${mail.to}`), frame);
}

function drawTextMessage(text) {
  const node = createElement("div", { class: "bubble" });
  for (const piece of text.split(/(https?:\/\/\S+)/)) node.append(/^https?:/.test(piece) ? createLink(piece, piece) : piece);
  return node;
}

export function drawRequester() {
  const { state } = page;
  fillSelect($("requester"), state.requesters.map((one) => [one.email, one.name]), selection.requester, (email) => { selection.requester = email; page.loadState(); });
  redrawIfChanged($("mails"), state.requester.mails, drawMail, "No mail yet. A session’s invitation arrives here.");
  redrawIfChanged($("texts"), state.requester.texts, drawTextMessage, "No message yet. Pilot sessions send one.");
}

function drawEntry(entry) {
  return createElement("details", { class: entry.is_note ? "card note" : "card", open: entry.is_note },
    createElement("summary", {}, createElement("strong", {}, entry.is_note ? "Private note" : "Reply to the requester")),
    createElement("iframe", { sandbox: "", srcdoc: FRAME_STYLE + entry.html, title: "Entry", class: entry.is_note ? "short" : "" }));
}

// Dispatch the event of a real paste, so that Teams' link preview starts here, too.
function pasteLink(line, url, message) {
  line.value = url;
  line.dispatchEvent(new Event("input"));
  showToast(message);
}

function drawFacts(request) {
  const button = (title, line, message) => createElement("button", { type: "button", class: "button", onclick: () => pasteLink($(line), request.url, message) }, title);
  return createElement("dl", { class: "facts" },
    createElement("dt", {}, "Subject"), createElement("dd", {}, request.subject),
    createElement("dt", {}, "Status"), createElement("dd", {}, request.status),
    createElement("dt", {}, "Requester"), createElement("dd", {}, request.requester),
    createElement("dt", {}, "Link"), createElement("dd", { class: "link-actions" }, createLink(request.url, "Open the request"), 
      button("Paste in chat", "message-input", "The link is in the message field: send it to see its preview."),
      button("Paste in Teams", "teams-input", "The link is in the field of Teams, and its preview above it.")));
}

export function drawRequest() {
  const { state } = page;
  const request = state.request;
  fillSelect($("request"), state.requests.map((one) => [one.number, `#${one.number} ${one.subject.slice(0, 40)}`]), selection.request, (number) => { selection.request = number; page.loadState(); });
  const { conversation, ...facts } = request;
  redrawIfChanged($("request-facts"), [facts], drawFacts, "");
  redrawIfChanged($("conversation"), conversation, drawEntry, "Nothing yet. Replies and notes of the bot stand here.");
  redrawIfChanged($("own-mails"), state.own_mails, drawMail, "No mail yet. Your own link arrives here.");
}
