// The outside: the requester's mailbox and phone, the request in ServiceDesk Plus, and the technician's mailbox.

import { element, link } from "./block_kit.js";
import { $, choice, fill, options, page, toast } from "./page.js";

const PAPER = `<base target="_blank"><style>body{margin:8px;font:15px/1.5 system-ui,Arial,sans-serif;overflow-wrap:anywhere}</style>`;

function mailNode(mail) {
  const frame = element("iframe", { sandbox: "allow-popups allow-popups-to-escape-sandbox", srcdoc: PAPER + mail.html, title: mail.subject });
  return element("details", { class: "card", open: mail.is_newest }, element("summary", {}, element("strong", {}, mail.subject)),
    element("div", { class: "from" }, `From ${mail.sender} to ${mail.to}`), frame);
}

function bubble(text) {
  const node = element("div", { class: "bubble" });
  for (const piece of text.split(/(https?:\/\/\S+)/)) node.append(/^https?:/.test(piece) ? link(piece, piece) : piece);
  return node;
}

export function drawRequester() {
  const { state } = page;
  options($("requester"), state.requesters.map((one) => [one.email, one.name]), choice.requester, (email) => { choice.requester = email; page.refresh(); });
  fill($("mails"), state.requester.mails, mailNode, "No mail yet. A session’s invitation arrives here.");
  fill($("texts"), state.requester.texts, bubble, "No message yet. Pilot sessions send one.");
}

function entryNode(entry) {
  return element("details", { class: entry.is_note ? "card note" : "card", open: entry.is_note },
    element("summary", {}, element("strong", {}, entry.is_note ? "Private note" : "Reply to the requester")),
    element("iframe", { sandbox: "", srcdoc: PAPER + entry.html, title: "Entry", class: entry.is_note ? "short" : "" }));
}

// The field is told, so that what a paste sets off happens here, too.
function paste(line, url, told) {
  line.value = url;
  line.dispatchEvent(new Event("input"));
  toast(told);
}

function factNodes(request) {
  const button = (title, line, told) => element("button", { type: "button", class: "button", onclick: () => paste($(line), request.url, told) }, title);
  return element("dl", { class: "facts" },
    element("dt", {}, "Subject"), element("dd", {}, request.subject),
    element("dt", {}, "Status"), element("dd", {}, request.status),
    element("dt", {}, "Requester"), element("dd", {}, request.requester),
    element("dt", {}, "Link"), element("dd", { class: "ways" }, link(request.url, "Open the request"), 
      button("Paste in chat", "line", "The link is in the message field: send it to see its preview."),
      button("Paste in Teams", "teams-line", "The link is in the field of Teams, and its preview above it.")));
}

export function drawRequest() {
  const { state } = page;
  const request = state.request;
  options($("request"), state.requests.map((one) => [one.number, `#${one.number} ${one.subject.slice(0, 40)}`]), choice.request, (number) => { choice.request = number; page.refresh(); });
  const { conversation, ...facts } = request;
  fill($("request-facts"), [facts], factNodes, "");
  fill($("conversation"), conversation, entryNode, "Nothing yet. Replies and notes of the bot stand here.");
  fill($("own-mails"), state.own_mails, mailNode, "No mail yet. Your own link arrives here.");
}
