// The Slack pane: channels, direct messages with the bot, App Home, and modals.

import { createElement, renderBlocks, renderMrkdwn } from "./block_kit.js";
import { setUpMentionPicker } from "./mention_picker.js";
import { $, CLOCK, postAction, selection, HOME, initials, page, showSuggestions, TIME } from "./page.js";
import { openDialog, updateChildren } from "./redraw.js";
import { say } from "./words.js";

const SUGGESTIONS = [say("/tv auth"), say("/tv create 101"), say("/tv create 103 --pilot"), say("/tv show 101"), say("/tv create"), say("/tv list"), say("/tv history 101"), say("/tv status"), say("/tv help"), say("/tv admin status")];

// Show the confirmation dialog of a button, and return whether the user confirmed.
function confirmAction(question) {
  const dialog = $("confirm");
  dialog.querySelector("h2").textContent = question.title.text;
  dialog.querySelector("p").textContent = question.text.text;
  dialog.querySelector('[value="no"]').textContent = question.deny.text;
  dialog.querySelector('[value="yes"]').textContent = question.confirm.text;
  dialog.returnValue = "no";
  openDialog(dialog);
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

function createPressHandler(message) {
  return async (one) => {
    if (one.confirm && !(await confirmAction(one.confirm))) return;
    await postAction("press", { channel: selection.channel, message: message.ts, preview: message.preview, view: message.view, action_id: one.action_id, value: one.value });
  };
}

function drawPreviews(message) {
  return (message.previews || []).map((one) => createElement("div", { class: "blocks preview" }, ...renderBlocks(one.blocks, createPressHandler({ ts: message.ts, preview: one.url }), page.state.names)));
}

function drawMessageTools(message) {
  if (message.is_bot || message.is_private) return null;
  return createElement("div", { class: "message-tools" }, createElement("button", { type: "button", onclick: () => postAction("shortcut", { channel: selection.channel, message: message.ts }) }, say("Help with TeamViewer")));
}

function drawMessage(message) {
  const { names } = page.state;
  const body = message.blocks && message.blocks.length
    ? createElement("div", { class: message.is_bot ? "blocks framed" : "blocks" }, ...renderBlocks(message.blocks, createPressHandler(message), names))
    : createElement("div", { class: "blocks" }, renderMrkdwn(message.text || "", names));
  // The pane draws a thread in the channel: its replies stand further to the right.
  const isReply = message.thread_ts && message.thread_ts !== message.ts;
  const classes = ["message", message.is_bot ? "bot" : "", message.is_private ? "private" : "", isReply ? "reply" : ""].join(" ");
  return createElement("article", { class: classes },
    createElement("div", { class: "avatar", "aria-hidden": "true" }, message.is_bot ? "tv" : initials(message.name)),
    createElement("div", {},
      createElement("div", { class: "author" }, message.name,
        message.is_bot ? createElement("span", { class: "badge" }, "APP") : null,
        createElement("small", {}, new Date(Number(message.ts.split(".")[0]) * 1000).toLocaleTimeString(CLOCK, TIME)),
        message.is_private ? createElement("small", {}, say("Only visible to you")) : null,
        message.is_edited ? createElement("small", {}, say("(updated)")) : null),
      body, ...drawPreviews(message), drawMessageTools(message)));
}

const EMPTY = say("Nothing here yet. Type a command below, or press one of the suggestions.");

function drawMessages(box, channel, entries) {
  // Scroll only if the reader was at the end, or has just opened the channel.
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 120 || box.dataset.shownId !== channel;
  updateChildren(box, entries.length ? entries : [{ key: "empty", version: "", draw: () => createElement("p", { class: "empty" }, EMPTY) }]);
  box.dataset.shownId = channel;
  if (atEnd) box.scrollTop = box.scrollHeight;
}

// How many messages of the bot each person has seen in each channel.
const seenCounts = new Map();

// Return how many messages of the bot are unread. Those of the shown channel are read.
function countUnread(channel) {
  const key = `${selection.person} ${channel.id}`;
  const count = channel.messages.filter((one) => one.is_bot).length;
  if (!seenCounts.has(key) || channel.id === selection.channel) seenCounts.set(key, count);
  return Math.max(0, count - seenCounts.get(key));
}

function drawChannelButton(one, unread) {
  return createElement("li", {}, createElement("button", { type: "button", "aria-current": String(one.id === selection.channel), onclick: () => { selection.channel = one.id; page.draw(); } },
    one.is_dm ? "✉ tvbot" : `# ${one.name}`,
    unread ? createElement("span", { class: "badge-new" }, String(unread), createElement("span", { class: "visually-hidden" }, ` ${say("new")}`)) : null));
}

// Draw the whole pane from `page.state`.
export function drawSlack() {
  const { state } = page;
  const channels = state.channels.map((one) => [one, countUnread(one)]);
  updateChildren($("channels"), channels.map(([one, unread]) => ({
    key: one.id, version: JSON.stringify([one.name, one.id === selection.channel, unread]), draw: () => drawChannelButton(one, unread),
  })));
  $("open-home").setAttribute("aria-current", String(selection.channel === HOME));
  const isReadOnly = state.channels.some((one) => one.id === selection.channel && one.is_read_only);
  $("composer").hidden = selection.channel === HOME || isReadOnly;
  $("suggestions").hidden = selection.channel === HOME;
  $("hint").textContent = say(state.hint);
  drawModal();
  if (selection.channel === HOME) { drawHome(); return; }
  const channel = state.channels.find((one) => one.id === selection.channel) || state.channels[0];
  $("channel-name").textContent = channel.is_dm ? "tvbot" : `# ${channel.name}`;
  $("channel-about").textContent = say(channel.is_dm ? "Your own conversation with the bot" : channel.about);
  drawMessages($("messages"), channel.id, channel.messages.map((one) => ({ key: `${channel.id} ${one.ts} ${one.is_private}`, version: state.locale + JSON.stringify(one), draw: () => drawMessage(one) })));
}

function drawHome() {
  const { home, names, locale } = page.state;
  $("channel-name").textContent = "tvbot";
  $("channel-about").textContent = say("App Home: yours alone");
  const draw = () => (home ? createElement("div", { class: "blocks home" }, ...renderBlocks(home.blocks, createPressHandler({ view: home.id }), names)) : createElement("p", { class: "empty" }, say("One moment…")));
  updateChildren($("messages"), [{ key: HOME, version: locale + JSON.stringify(home), draw }]);
  // The overview is read from its beginning.
  if ($("messages").dataset.shownId !== HOME) $("messages").scrollTop = 0;
  $("messages").dataset.shownId = HOME;
}

let shownModalId = "";
function drawModal() {
  const { modal } = page.state;
  const dialog = $("modal");
  if (!modal) {
    shownModalId = "";
    if (dialog.open) dialog.close();
    $("modal-blocks").replaceChildren();
    return;
  }
  showFieldErrors(modal.errors);
  // Draw a modal once: a redraw would discard what the user has typed.
  if (shownModalId === modal.id) return;
  shownModalId = modal.id;
  $("modal-error").textContent = "";
  $("modal-title").textContent = modal.title.text;
  $("modal-submit").textContent = modal.submit.text;
  $("modal-close").textContent = modal.close.text;
  $("modal-blocks").replaceChildren(...modal.blocks.flatMap(drawModalBlock));
  showFieldErrors(modal.errors);
  openDialog(dialog);
  dialog.querySelector("input, textarea, select").focus();
}

function showFieldErrors(errors) {
  for (const place of document.querySelectorAll("[data-error-of]")) place.textContent = errors[place.dataset.errorOf] || "";
}

function drawModalBlock(block) {
  if (block.type === "input") return drawInput(block);
  if (block.type === "context") return [createElement("p", { class: "hint" }, block.elements.map((one) => one.text).join(" "))];
  return block.type === "section" ? [createElement("p", {}, block.text.text)] : [];
}

function drawInput(block) {
  const error = createElement("p", { class: "field-error", role: "alert", "data-error-of": block.block_id });
  return [...drawField(block), error];
}

// A list of the browser shows one line for each choice.
const nameOption = (option) => [option.text, option.description].filter(Boolean).map((one) => one.text).join(" · ");

// Draw one choice of a group: `type` is radio or checkbox.
function drawChoice(type, option, name, chosen) {
  const id = `in-${name}-${option.value}`;
  const about = option.description ? createElement("p", { class: "hint", id: `${id}-about` }, option.description.text) : null;
  const box = createElement("input", { type, id, name, value: option.value, checked: chosen.includes(option.value), "aria-describedby": about && about.id });
  return createElement("div", { class: "radio" }, box, createElement("div", {}, createElement("label", { for: id }, option.text.text), about));
}

function drawField(block) {
  const one = block.element;
  const label = createElement("label", { for: `in-${block.block_id}` }, block.label.text + (block.optional ? ` (${say("optional")})` : ""));
  if (one.type === "radio_buttons") {
    const radios = one.options.map((option) => drawChoice("radio", option, block.block_id, [(one.initial_option || {}).value]));
    return [createElement("fieldset", {}, createElement("legend", {}, block.label.text), ...radios)];
  }
  if (one.type === "checkboxes") {
    const chosen = (one.initial_options || []).map((option) => option.value);
    const boxes = one.options.map((option) => drawChoice("checkbox", option, block.block_id, chosen));
    return [createElement("fieldset", {}, createElement("legend", {}, block.label.text), ...boxes)];
  }
  if (one.type === "external_select" || one.type === "multi_external_select") {
    const isMany = one.type === "multi_external_select";
    const typed = createElement("input", { type: "text", id: `in-${block.block_id}`, placeholder: one.placeholder.text, autocomplete: "off" });
    const found = createElement("select", { name: block.block_id, class: "found", size: 4, multiple: isMany, "aria-label": say("Found requests"), hidden: !one.initial_option });
    if (one.initial_option) found.append(createElement("option", { value: one.initial_option.value, selected: true }, one.initial_option.text.text));
    const search = async () => {
      if (typed.value.length < one.min_query_length) return;
      const options = await postAction("options", { action_id: one.action_id, block_id: block.block_id, value: typed.value });
      // Of several, those that were chosen before stay, and nothing is chosen by itself.
      const chosen = isMany ? [...found.selectedOptions] : [];
      const isNew = (option) => !chosen.some((other) => other.value === option.value);
      const drawn = (options || []).filter(isNew).map((option, index) => createElement("option", { value: option.value, selected: !isMany && index === 0 }, nameOption(option)));
      found.replaceChildren(...chosen, ...drawn);
      found.hidden = !found.length;
    };
    typed.addEventListener("input", search);
    if (isMany) typed.addEventListener("focus", search);
    return [label, typed, found];
  }
  if (one.type === "users_select") {
    const none = createElement("option", { value: "" }, one.placeholder.text);
    const people = Object.entries(page.state.names).map(([user, name]) => createElement("option", { value: user }, name));
    return [label, createElement("select", { id: `in-${block.block_id}`, name: block.block_id }, none, ...people), createElement("p", { class: "hint" }, block.hint.text)];
  }
  if (one.type === "conversations_select") {
    const none = createElement("option", { value: "" }, one.placeholder ? one.placeholder.text : "");
    const channels = page.state.channels.filter((channel) => !channel.is_dm).map((channel) => createElement("option", { value: channel.id }, `#${channel.name}`));
    return [label, createElement("select", { id: `in-${block.block_id}`, name: block.block_id }, none, ...channels), ...(block.hint ? [createElement("p", { class: "hint" }, block.hint.text)] : [])];
  }
  if (one.type === "datetimepicker") {
    const local = one.initial_date_time ? new Date((one.initial_date_time - new Date(one.initial_date_time * 1000).getTimezoneOffset() * 60) * 1000).toISOString().slice(0, 16) : "";
    return [label, createElement("input", { type: "datetime-local", id: `in-${block.block_id}`, name: block.block_id, value: local }), ...(block.hint ? [createElement("p", { class: "hint" }, block.hint.text)] : [])];
  }
  if (!one.multiline) {
    return [label, createElement("input", { type: "text", id: `in-${block.block_id}`, name: block.block_id, maxlength: one.max_length, placeholder: one.placeholder ? one.placeholder.text : "", value: one.initial_value || "", autocomplete: "off" })];
  }
  return [label, createElement("textarea", { id: `in-${block.block_id}`, name: block.block_id, rows: 3, maxlength: one.max_length }, one.initial_value || "")];
}

// Send a line to the channel that is shown, or to the first one from App Home. Return whether it was sent.
export async function sendSlackMessage(text) {
  if (selection.channel === HOME) selection.channel = page.state.channels[0].id;
  const box = $("messages");
  page.draw();
  // The reader is at the end from now on, so that the answer scrolls into view.
  box.scrollTop = box.scrollHeight;
  return (await postAction("say", { channel: selection.channel, text })) !== null;
}

async function submitComposer(event) {
  event.preventDefault();
  const input = $("message-input");
  const text = input.value;
  if (!text.trim()) { input.focus(); return; }
  input.value = "";
  // What could not be sent stays, unless something else was typed meanwhile.
  if (!(await sendSlackMessage(text)) && !input.value) input.value = text;
}

let closedModalId = "";
// Close the modal, once: until the new state has arrived, it can be pressed again.
function closeModal() {
  const { modal } = page.state;
  if (!modal || modal.id === closedModalId) return;
  closedModalId = modal.id;
  postAction("close", { view: modal.id });
}

let isSubmitting = false;
async function submitModal(event) {
  event.preventDefault();
  // A double click submits once, and a modal that is closing is submitted no more.
  if (isSubmitting || !page.state.modal || page.state.modal.id === closedModalId) return;
  const values = Object.fromEntries([...new FormData(event.target)].filter(([, value]) => value !== ""));
  // A form leaves out boxes that are not checked and names one choice of several. Slack sends both as a list.
  for (const block of page.state.modal.blocks.filter((one) => ["checkboxes", "multi_external_select"].includes(one.element?.type))) values[block.block_id] = new FormData(event.target).getAll(block.block_id);
  // Slack sends a moment as seconds since 1970.
  for (const block of page.state.modal.blocks.filter((one) => one.element?.type === "datetimepicker" && values[one.block_id])) values[block.block_id] = Math.floor(new Date(values[block.block_id]).getTime() / 1000);
  const missing = page.state.modal.blocks.find((one) => one.type === "input" && !one.optional && !String(values[one.block_id] ?? ""));
  $("modal-error").textContent = missing ? say("Fill in “{label}” first.", { label: missing.label.text }) : "";
  if (missing) { $("modal-blocks").querySelector(`#in-${missing.block_id}`).focus(); return; }
  isSubmitting = true;
  // Until the new state has arrived, the page still shows the modal.
  if (await postAction("submit", { view: page.state.modal.id, values })) await page.loadState();
  isSubmitting = false;
}

export function setUpSlack() {
  showSuggestions($("suggestions"), sendSlackMessage, SUGGESTIONS);
  setUpMentionPicker($("message-input"), (person) => `@${person.handle}`);
  $("composer").addEventListener("submit", submitComposer);
  $("open-home").addEventListener("click", async () => {
    selection.channel = HOME;
    page.draw();
    await postAction("home");
  });
  $("open-form").addEventListener("click", () => postAction("shortcut"));
  $("modal-close").addEventListener("click", closeModal);
  $("modal").addEventListener("cancel", (event) => { event.preventDefault(); $("modal-close").click(); });
  $("modal-form").addEventListener("submit", submitModal);
}
