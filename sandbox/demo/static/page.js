// What every part of the page rests on: what is chosen, what the sandbox holds, and the way to it.

import { element } from "./block_kit.js";

export const $ = (id) => document.getElementById(id);
export const HOME = "home";
export const choice = { person: null, channel: null, place: null, requester: null, request: null };
// `refresh` asks for the state anew, `draw` shows it; demo.js puts both in.
export const page = { state: null, refresh: () => {}, draw: () => {} };

export const TIME = { hour: "2-digit", minute: "2-digit" };

let hiding = 0;
export function toast(text, isTrouble = false) {
  clearTimeout(hiding);
  $("toast").textContent = text;
  $("toast").classList.toggle("trouble", isTrouble);
  $("toast").hidden = false;
  hiding = setTimeout(() => { $("toast").hidden = true; }, 5000);
}

// Does something as the person who is chosen, and returns the answer; null where it could not be done.
export async function call(path, body = {}) {
  try {
    const answer = await fetch(`/demo/${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ person: choice.person, ...body }) });
    const told = await answer.json().catch(() => ({}));
    if (answer.ok) return told;
    toast(told.error || "The sandbox could not do that.", true);
  } catch {
    toast("The demo does not answer. Is it still running?", true);
  }
  return null;
}

export function options(select, entries, chosen, change) {
  const wanted = JSON.stringify(entries);
  if (select.dataset.entries !== wanted) {
    select.replaceChildren(...entries.map(([value, label]) => element("option", { value }, label)));
    select.dataset.entries = wanted;
  }
  select.value = chosen;
  select.onchange = () => change(select.value);
}

export function initials(name) {
  return name.split(/\s+/).map((word) => word[0] || "").slice(0, 2).join("").toUpperCase();
}

// Lines to try, each of which goes into the field when pressed.
export function suggest(box, line, texts) {
  box.replaceChildren(...texts.map((text) => element("button", { type: "button", onclick: () => { line.value = text; line.focus(); } }, text)));
}

// Draws a box anew only where what it shows has changed, so that an opened mail stays as it is.
export function fill(box, entries, draw, empty) {
  const wanted = JSON.stringify(entries);
  if (box.dataset.entries === wanted) return;
  box.dataset.entries = wanted;
  box.replaceChildren(...(entries.length ? entries.map(draw) : [element("p", { class: "empty" }, empty)]));
}

const shownAs = new WeakMap();

// Brings a box up to date and leaves alone what has not changed, so that what is open, typed or focused there stays.
// An entry is { key, about, draw }: it is drawn anew where `about`, a string, has changed.
export function keep(box, entries) {
  const before = new Map([...box.children].map((node) => [node.dataset.key, node]));
  const focused = box.contains(document.activeElement) && document.activeElement !== box;
  const wanted = entries.map(({ key, about, draw }) => {
    const node = before.get(key);
    if (node && shownAs.get(node) === about) return node;
    const drawn = draw();
    drawn.dataset.key = key;
    shownAs.set(drawn, about);
    return drawn;
  });
  const isSame = wanted.length === box.children.length && wanted.every((node, place) => box.children[place] === node);
  if (isSame) return;
  const staying = new Set(wanted);
  for (const node of [...box.children]) if (!staying.has(node)) node.remove();
  wanted.forEach((node, place) => { if (box.children[place] !== node) box.insertBefore(node, box.children[place] || null); });
  if (focused && !box.contains(document.activeElement)) box.focus({ preventScroll: true });
}
