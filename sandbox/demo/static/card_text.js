// Says the text of an Adaptive Card as Teams does: a little Markdown, moments in the reader's language, nothing else.

import { element, link } from "./block_kit.js";

const PUNCTUATION = /[!-/:-@[-`{-~]/;
const ENTITIES = { lt: "<", gt: ">", amp: "&", quot: "\"", apos: "'", nbsp: "\u00a0", "#39": "'" };
const MOMENT = /\{\{(DATE|TIME)\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d))(?:, ?(COMPACT|SHORT|LONG))?\)\}\}/g;
const DATES = {
  COMPACT: { dateStyle: "short" },
  SHORT: { weekday: "short", year: "numeric", month: "short", day: "numeric" },
  LONG: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
};

// Only RFC 3339 without fractions is understood; anything else stays as it was written, as in Teams.
export function moments(text, locale) {
  return text.replace(MOMENT, (whole, kind, at, style) => {
    const moment = new Date(at);
    if (Number.isNaN(moment.getTime())) return whole;
    return kind === "TIME"
      ? moment.toLocaleTimeString(locale || [], { hour: "numeric", minute: "2-digit" })
      : moment.toLocaleDateString(locale || [], DATES[style || "COMPACT"]);
  });
}

function escaped(text, at) {
  return text[at] === "\\" && PUNCTUATION.test(text[at + 1] || "") ? { end: at + 2, node: text[at + 1] } : null;
}

function entity(text, at) {
  if (text[at] !== "&") return null;
  const [whole, name] = text.slice(at, at + 8).match(/^&(#39|[a-z]+);/) || [];
  return name in ENTITIES ? { end: at + whole.length, node: ENTITIES[name] } : null;
}

function mention(text, at, mentions) {
  const known = mentions.find((one) => text.startsWith(one, at));
  return known ? { end: at + known.length, node: element("span", { class: "mention" }, known.replace(/<\/?at>/g, "")) } : null;
}

// Where a bracket that stands open at `at` is closed; -1 where it is not.
function partner(text, at, open, close) {
  let depth = 0;
  for (let here = at; here < text.length; here += 1) {
    if (text[here] === "\\") here += 1;
    else if (text[here] === open) depth += 1;
    else if (text[here] === close) {
      depth -= 1;
      if (depth === 0) return here;
    }
  }
  return -1;
}

function anchor(text, at, mentions) {
  if (text[at] !== "[") return null;
  const labelEnd = partner(text, at, "[", "]");
  if (labelEnd < 0 || text[labelEnd + 1] !== "(") return null;
  const end = partner(text, labelEnd + 1, "(", ")");
  if (end < 0) return null;
  const url = text.slice(labelEnd + 2, end).trim().split(/\s/)[0].replace(/\\([!-/:-@[-`{-~])/g, "$1");
  const node = link(url, "");
  const label = inline(text.slice(at + 1, labelEnd), mentions);
  if (!(node instanceof Element)) return { end: end + 1, node: label };
  node.append(label);
  return { end: end + 1, node };
}

function emphasis(text, at, mentions) {
  const letter = text[at];
  if (letter !== "*" && letter !== "_") return null;
  const mark = text[at + 1] === letter ? letter + letter : letter;
  const from = at + mark.length;
  if (/^(\s|$)/.test(text.slice(from, from + 1)) || (letter === "_" && /[\p{L}\p{N}]/u.test(text[at - 1] || ""))) return null;
  for (let here = from + 1; here < text.length; here += 1) {
    if (text[here] === "\\") { here += 1; continue; }
    if (!text.startsWith(mark, here) || /\s/.test(text[here - 1])) continue;
    if (mark.length === 1 && text[here + 1] === letter) { here += 1; continue; }
    if (letter === "_" && /[\p{L}\p{N}]/u.test(text[here + mark.length] || "")) continue;
    const tag = mark.length === 2 ? "strong" : "em";
    return { end: here + mark.length, node: element(tag, {}, inline(text.slice(from, here), mentions)) };
  }
  return null;
}

function inline(text, mentions) {
  const fragment = document.createDocumentFragment();
  let plain = "";
  for (let at = 0; at < text.length;) {
    const found = escaped(text, at) || entity(text, at) || mention(text, at, mentions) || anchor(text, at, mentions) || emphasis(text, at, mentions);
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

// Paragraphs and lists; a text of one paragraph is returned bare, so that it can stand in a line.
export function rich(text, host) {
  const mentions = host.mentions || [];
  const parts = [];
  let open = null;
  for (const line of moments(String(text ?? ""), host.locale).split(/\r\n|\r|\n/)) {
    const [, bullet, number, rest] = line.match(ITEM) || [];
    if (!line.trim()) open = null;
    else if (rest !== undefined) {
      const tag = bullet ? "ul" : "ol";
      const last = parts.at(-1);
      const list = last && last.localName === tag ? last : element(tag, { start: number && number !== "1" ? number : null });
      if (list !== last) parts.push(list);
      open = element("li", {}, inline(rest, mentions));
      list.append(open);
    } else if (open) open.append(element("br"), inline(line, mentions));
    else {
      open = element("p", {}, inline(line, mentions));
      parts.push(open);
    }
  }
  const fragment = document.createDocumentFragment();
  if (parts.length === 1 && parts[0].localName === "p") fragment.append(...parts[0].childNodes);
  else fragment.append(...parts);
  return fragment;
}

// A message without a card: plain text, in which Teams makes addresses into links.
export function plain(text) {
  const fragment = document.createDocumentFragment();
  for (const piece of String(text ?? "").split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/)) {
    fragment.append(/^https?:/.test(piece) ? link(piece, piece) : piece);
  }
  return fragment;
}
