// Draw one post in Teams: author, text, the cards as this user sees them, and its actions.

import { createElement } from "./block_kit.js";
import { renderPlainText } from "./card_text.js";
import { renderCard } from "./cards.js";
import { CLOCK, postAction, initials, showToast, TIME } from "./page.js";
import { say } from "./words.js";

export function drawAvatar(name, isBot) {
  return createElement("div", { class: isBot ? "t-avatar t-bot" : "t-avatar", "aria-hidden": "true" }, isBot ? "tv" : initials(name));
}

// Return what renderCard needs from the page: the user's language, and the requests to the bot.
function createHost(post, { conversation, locale }) {
  const about = { conversation: conversation.id, message: post.id };
  return {
    locale,
    press: (action, inputs) => postAction("teams/press", { ...about, action, inputs }),
    search: async (dataset, text) => (await postAction("teams/search", { ...about, dataset, text })) || [],
  };
}

function drawAuthorLine(post) {
  const at = new Date(Number(post.id)).toLocaleTimeString(CLOCK, TIME);
  return createElement("div", { class: "t-author" }, createElement("strong", {}, post.name), createElement("small", {}, at),
    post.is_edited ? createElement("small", {}, say("Edited")) : null,
    post.is_own_view ? createElement("small", { class: "t-own-view", title: say("Teams shows each person their own view of this card") }, say("Your own view")) : null);
}

function drawPostTools(post, { conversation, reply, createSession }) {
  const buttons = [];
  const addTool = (title, onclick) => buttons.push(createElement("button", { type: "button", onclick }, title));
  if (!conversation.is_personal) addTool(say("Reply"), () => reply(post));
  if (!post.is_bot && post.text) addTool(say("Create a session"), () => createSession(conversation, post));
  if (post.cards.some((card) => card.refresh)) addTool(say("Refresh card"), async () => {
    if (await postAction("teams/refresh", { conversation: conversation.id, message: post.id })) showToast(say("The card is up to date."));
  });
  return buttons.length ? createElement("div", { class: "t-tools" }, ...buttons) : null;
}

export function drawPost(post, actions) {
  const host = createHost(post, actions);
  const cards = post.cards.map((card) => createElement("div", { class: "t-card" }, renderCard(card, host)));
  if (post.is_preview) {
    const shown = createElement("div", { class: "t-preview" }, ...cards);
    shown.inert = true;
    return shown;
  }
  const text = post.text ? createElement("div", { class: "t-text" }, post.is_to_bot ? createElement("span", { class: "mention" }, actions.bot) : null, post.is_to_bot ? " " : null, renderPlainText(post.text)) : null;
  const classes = ["t-post", post.is_own ? "t-own" : "", post.is_reply ? "t-reply" : ""].filter(Boolean).join(" ");
  return createElement("article", { class: classes }, drawAvatar(post.name, post.is_bot), createElement("div", { class: "t-body" }, drawAuthorLine(post), text, ...cards, drawPostTools(post, actions)));
}
