// The Slack-like pane: channels, the conversation with the bot, App Home, and the form.

import { blocks, element, mrkdwn } from "./block_kit.js";
import { $, call, choice, HOME, initials, keep, page, suggest, TIME, toast } from "./page.js";

const SUGGESTIONS = ["/tv auth", "/tv create 101", "/tv create 103 --pilot", "/tv show 101", "/tv create", "/tv list", "/tv history 101", "/tv status", "/tv help", "/tv admin status"];

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

function press(message) {
  return async (one) => {
    if (one.confirm && !(await ask(one.confirm))) return;
    await call("press", { channel: choice.channel, message: message.ts, view: message.view, action_id: one.action_id, value: one.value });
  };
}

function previews(message) {
  return (message.previews || []).map((one) => element("div", { class: "blocks preview" }, ...blocks(one.blocks, () => toast("Press it on the card of the session."), page.state.names)));
}

function tools(message) {
  if (message.is_bot || message.is_private) return null;
  return element("div", { class: "message-tools" }, element("button", { type: "button", onclick: () => call("shortcut", { channel: choice.channel, message: message.ts }) }, "Help with TeamViewer"));
}

function messageNode(message) {
  const { names } = page.state;
  const body = message.blocks && message.blocks.length
    ? element("div", { class: message.is_bot ? "blocks framed" : "blocks" }, ...blocks(message.blocks, press(message), names))
    : element("div", { class: "blocks" }, mrkdwn(message.text || "", names));
  const classes = ["message", message.is_bot ? "bot" : "", message.is_private ? "private" : ""].join(" ");
  return element("article", { class: classes },
    element("div", { class: "avatar", "aria-hidden": "true" }, message.is_bot ? "tv" : initials(message.name)),
    element("div", {},
      element("div", { class: "by" }, message.name,
        message.is_bot ? element("span", { class: "badge" }, "APP") : null,
        element("small", {}, new Date(Number(message.ts.split(".")[0]) * 1000).toLocaleTimeString([], TIME)),
        message.is_private ? element("small", {}, "Only visible to you") : null,
        message.is_edited ? element("small", {}, "(updated)") : null),
      body, ...previews(message), tools(message)));
}

const EMPTY = "Nothing here yet. Type a command below, or press one of the suggestions.";

function show(box, place, entries) {
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 120 || box.dataset.place !== place;
  keep(box, entries.length ? entries : [{ key: "empty", about: "", draw: () => element("p", { class: "empty" }, EMPTY) }]);
  box.dataset.place = place;
  if (atEnd) box.scrollTop = box.scrollHeight;
}

export function drawSlack() {
  const { state } = page;
  keep($("channels"), state.channels.map((one) => ({
    key: one.id, about: JSON.stringify([one.name, one.id === choice.channel]),
    draw: () => element("li", {}, element("button", { type: "button", "aria-current": String(one.id === choice.channel), onclick: () => { choice.channel = one.id; page.draw(); } }, one.is_dm ? "✉ tvbot" : `# ${one.name}`)),
  })));
  $("open-home").setAttribute("aria-current", String(choice.channel === HOME));
  $("composer").hidden = choice.channel === HOME;
  $("suggestions").hidden = choice.channel === HOME;
  $("hint").textContent = state.hint;
  drawModal();
  if (choice.channel === HOME) { drawHome(); return; }
  const channel = state.channels.find((one) => one.id === choice.channel) || state.channels[0];
  $("channel-name").textContent = channel.is_dm ? "tvbot" : `# ${channel.name}`;
  $("channel-about").textContent = channel.is_dm ? "Your own conversation with the bot" : channel.about;
  show($("messages"), channel.id, channel.messages.map((one) => ({ key: `${channel.id} ${one.ts} ${one.is_private}`, about: state.locale + JSON.stringify(one), draw: () => messageNode(one) })));
}

function drawHome() {
  const { home, names, locale } = page.state;
  $("channel-name").textContent = "tvbot";
  $("channel-about").textContent = "App Home: yours alone";
  const draw = () => (home ? element("div", { class: "blocks home" }, ...blocks(home.blocks, press({ view: home.id }), names)) : element("p", { class: "empty" }, "One moment…"));
  keep($("messages"), [{ key: HOME, about: locale + JSON.stringify(home), draw }]);
  $("messages").dataset.place = HOME;
}

let modalShown = "";
function drawModal() {
  const { modal } = page.state;
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
      const answer = await call("options", { action_id: one.action_id, block_id: block.block_id, value: typed.value });
      found.replaceChildren(...(answer || []).map((option, place) => element("option", { value: option.value, selected: place === 0 }, option.text.text)));
    });
    return [label, typed, found];
  }
  return [label, element("textarea", { id: `in-${block.block_id}`, name: block.block_id, rows: 3, maxlength: one.max_length }, one.initial_value || "")];
}

export function startSlack() {
  suggest($("suggestions"), $("line"), SUGGESTIONS);
  $("composer").addEventListener("submit", async (event) => {
    event.preventDefault();
    const line = $("line").value;
    if (!line.trim()) return;
    $("line").value = "";
    await call("say", { channel: choice.channel, text: line });
  });
  $("open-home").addEventListener("click", async () => {
    choice.channel = HOME;
    await call("home");
    page.draw();
  });
  $("open-form").addEventListener("click", () => call("shortcut"));
  $("modal-close").addEventListener("click", () => call("close", { view: page.state.modal.id }));
  $("modal").addEventListener("cancel", (event) => { event.preventDefault(); $("modal-close").click(); });
  $("modal-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const values = Object.fromEntries([...new FormData(event.target)].filter(([, value]) => value !== ""));
    if (!values.request) { toast("Choose a request first."); return; }
    await call("submit", { view: page.state.modal.id, values });
  });
}
