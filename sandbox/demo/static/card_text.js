// Render the text of an Adaptive Card as Teams does: a subset of Markdown, and dates in the user's language.

import { createElement, createLink } from "./block_kit.js";

const PUNCTUATION = /[!-/:-@[-`{-~]/;
const ENTITIES = { lt: "<", gt: ">", amp: "&", quot: "\"", apos: "'", nbsp: "\u00a0", "#39": "'" };
const MOMENT = /\{\{(DATE|TIME)\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d))(?:, ?(COMPACT|SHORT|LONG))?\)\}\}/g;
const DATES = {
  COMPACT: { dateStyle: "short" },
  SHORT: { weekday: "short", year: "numeric", month: "short", day: "numeric" },
  LONG: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
};

// Teams understands RFC 3339 without fractions only. Everything else stays unchanged.
export function formatDates(text, locale) {
  return text.replace(MOMENT, (whole, kind, at, style) => {
    const moment = new Date(at);
    if (Number.isNaN(moment.getTime())) return whole;
    return kind === "TIME"
      ? moment.toLocaleTimeString(locale || [], { hour: "numeric", minute: "2-digit" })
      : moment.toLocaleDateString(locale || [], DATES[style || "COMPACT"]);
  });
}

function parseEscape(text, at) {
  return text[at] === "\\" && PUNCTUATION.test(text[at + 1] || "") ? { end: at + 2, node: text[at + 1] } : null;
}

function parseEntity(text, at) {
  if (text[at] !== "&") return null;
  const [whole, name] = text.slice(at, at + 8).match(/^&(#39|[a-z]+);/) || [];
  return name in ENTITIES ? { end: at + whole.length, node: ENTITIES[name] } : null;
}

function parseMention(text, at, mentions) {
  const known = mentions.find((one) => text.startsWith(one, at));
  return known ? { end: at + known.length, node: createElement("span", { class: "mention" }, known.replace(/<\/?at>/g, "")) } : null;
}

// Return the index of the bracket that closes the one at `at`, or -1.
function findClosingBracket(text, at, open, close) {
  let depth = 0;
  for (let index = at; index < text.length; index += 1) {
    if (text[index] === "\\") index += 1;
    else if (text[index] === open) depth += 1;
    else if (text[index] === close) {
      depth -= 1;
      if (depth === 0) return index;
    }
  }
  return -1;
}

function parseLink(text, at, mentions) {
  if (text[at] !== "[") return null;
  const labelEnd = findClosingBracket(text, at, "[", "]");
  if (labelEnd < 0 || text[labelEnd + 1] !== "(") return null;
  const end = findClosingBracket(text, labelEnd + 1, "(", ")");
  if (end < 0) return null;
  const url = text.slice(labelEnd + 2, end).trim().split(/\s/)[0].replace(/\\([!-/:-@[-`{-~])/g, "$1");
  const node = createLink(url, "");
  const label = renderInline(text.slice(at + 1, labelEnd), mentions);
  if (!(node instanceof Element)) return { end: end + 1, node: label };
  node.append(label);
  return { end: end + 1, node };
}

function parseEmphasis(text, at, mentions) {
  const letter = text[at];
  if (letter !== "*" && letter !== "_") return null;
  const mark = text[at + 1] === letter ? letter + letter : letter;
  const from = at + mark.length;
  if (/^(\s|$)/.test(text.slice(from, from + 1)) || (letter === "_" && /[\p{L}\p{N}]/u.test(text[at - 1] || ""))) return null;
  for (let index = from + 1; index < text.length; index += 1) {
    if (text[index] === "\\") { index += 1; continue; }
    if (!text.startsWith(mark, index) || /\s/.test(text[index - 1])) continue;
    if (mark.length === 1 && text[index + 1] === letter) { index += 1; continue; }
    if (letter === "_" && /[\p{L}\p{N}]/u.test(text[index + mark.length] || "")) continue;
    const tag = mark.length === 2 ? "strong" : "em";
    return { end: index + mark.length, node: createElement(tag, {}, renderInline(text.slice(from, index), mentions)) };
  }
  return null;
}

function renderInline(text, mentions) {
  const fragment = document.createDocumentFragment();
  let plain = "";
  for (let at = 0; at < text.length;) {
    const found = parseEscape(text, at) || parseEntity(text, at) || parseMention(text, at, mentions) || parseLink(text, at, mentions) || parseEmphasis(text, at, mentions);
    if (!found) {
      plain += text[at];
      at += 1;
    } else {
      if (typeof found.node === "string") plain += found.node;
      else {
        fragment.append(plain, found.node);
        plain = "";
      }
      at = found.end;
    }
  }
  fragment.append(plain);
  return fragment;
}

const ITEM = /^\s{0,6}(?:([-*+])|(\d{1,9})[.)])\s+(.*)$/;

// Render paragraphs and lists. A single paragraph is returned without <p>, so that it fits into a line.
export function renderMarkdown(text, host) {
  const mentions = host.mentions || [];
  const parts = [];
  let open = null;
  for (const line of formatDates(String(text ?? ""), host.locale).split(/\r\n|\r|\n/)) {
    const [, bullet, number, rest] = line.match(ITEM) || [];
    if (!line.trim()) open = null;
    else if (rest !== undefined) {
      const tag = bullet ? "ul" : "ol";
      const last = parts.at(-1);
      const list = last && last.localName === tag ? last : createElement(tag, { start: number && number !== "1" ? number : null });
      if (list !== last) parts.push(list);
      open = createElement("li", {}, renderInline(rest, mentions));
      list.append(open);
    } else if (open) open.append(createElement("br"), renderInline(line, mentions));
    else {
      open = createElement("p", {}, renderInline(line, mentions));
      parts.push(open);
    }
  }
  const fragment = document.createDocumentFragment();
  if (parts.length === 1 && parts[0].localName === "p") fragment.append(...parts[0].childNodes);
  else fragment.append(...parts);
  return fragment;
}

// Render a message without a card: plain text, in which Teams links URLs.
export function renderPlainText(text) {
  const fragment = document.createDocumentFragment();
  for (const piece of String(text ?? "").split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/)) {
    fragment.append(/^https?:/.test(piece) ? createLink(piece, piece) : piece);
  }
  return fragment;
}
