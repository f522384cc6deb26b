// One post in Teams: who wrote it, its text, its cards as this person sees them, and what can be done with it.

import { element } from "./block_kit.js";
import { plain } from "./card_text.js";
import { renderCard } from "./cards.js";
import { call, initials, TIME } from "./page.js";

export function avatar(name, isBot) {
  return element("div", { class: isBot ? "t-avatar t-bot" : "t-avatar", "aria-hidden": "true" }, isBot ? "tv" : initials(name));
}

// What a card in a post needs of the page: the reader's language, and the way to the bot.
function hostOf(post, { place, locale }) {
  const about = { conversation: place.id, message: post.id };
  return {
    locale,
    press: (action, inputs) => call("teams/press", { ...about, action, inputs }),
    search: async (dataset, text) => (await call("teams/search", { ...about, dataset, text })) || [],
  };
}

function by(post) {
  const at = new Date(Number(post.id)).toLocaleTimeString([], TIME);
  return element("div", { class: "t-by" }, element("strong", {}, post.name), element("small", {}, at),
    post.is_edited ? element("small", {}, "Edited") : null,
    post.is_own_view ? element("small", { class: "t-own-view", title: "Teams shows each person their own view of this card" }, "Your own view") : null);
}

function tools(post, { place, reply, createSession }) {
  const made = [];
  const tool = (title, act) => made.push(element("button", { type: "button", onclick: act }, title));
  if (!place.is_personal) tool("Reply", () => reply(post));
  if (!post.is_bot && post.text) tool("Create a session", () => createSession(place, post));
  if (post.cards.some((card) => card.refresh)) tool("Refresh card", () => call("teams/refresh", { conversation: place.id, message: post.id }));
  return made.length ? element("div", { class: "t-tools" }, ...made) : null;
}

export function postNode(post, acts) {
  const host = hostOf(post, acts);
  const cards = post.cards.map((card) => element("div", { class: "t-card" }, renderCard(card, host)));
  if (post.is_preview) {
    const shown = element("div", { class: "t-preview" }, ...cards);
    shown.inert = true;
    return shown;
  }
  const text = post.text ? element("div", { class: "t-text" }, post.is_to_bot ? element("span", { class: "mention" }, acts.bot) : null, post.is_to_bot ? " " : null, plain(post.text)) : null;
  const classes = ["t-post", post.is_own ? "t-own" : "", post.is_reply ? "t-reply" : ""].filter(Boolean).join(" ");
  return element("article", { class: classes }, avatar(post.name, post.is_bot), element("div", { class: "t-body" }, by(post), text, ...cards, tools(post, acts)));
}
