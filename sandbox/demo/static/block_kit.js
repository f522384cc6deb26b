// Render Block Kit as Slack does. Text becomes text nodes only, so that no message can inject markup.

const SAFE_URL = /^(https?:|mailto:)/i;

export function createElement(tag, options = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== undefined && child !== null));
  return node;
}

function unescapeText(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&").replaceAll("\u2060", "");
}

export function createLink(url, label) {
  if (!SAFE_URL.test(url)) return document.createTextNode(label);
  return createElement("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}

function formatDate(body) {
  const [, unix, , fallback] = body.match(/^!date\^(\d+)\^([^|]*)\|(.*)$/s) || [];
  if (!unix) return body;
  const at = new Date(Number(unix) * 1000);
  return Number.isNaN(at.getTime()) ? fallback : at.toLocaleString(document.documentElement.dataset.locale || [], { dateStyle: "medium", timeStyle: "short" });
}

function renderAngleToken(body, people) {
  if (body.startsWith("!date")) return document.createTextNode(formatDate(body));
  if (body.startsWith("@")) return createElement("strong", {}, "@" + (people[body.slice(1).split("|")[0]] || body.slice(1)));
  if (body.startsWith("!")) return createElement("strong", { class: "ping" }, "@" + body.slice(1));
  const bar = body.indexOf("|");
  const url = unescapeText(bar < 0 ? body : body.slice(0, bar));
  return createLink(url, unescapeText(bar < 0 ? body : body.slice(bar + 1)));
}

const MRKDWN_TOKENS = /```([\s\S]+?)```|`([^`\n]+)`|<([^<>\n]+)>|(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?![\w*])|(?<![\w_])_(\S(?:[^_\n]*\S)?)_(?![\w_])/g;

export function renderMrkdwn(text, people) {
  const fragment = document.createDocumentFragment();
  let last = 0;
  for (const match of text.matchAll(MRKDWN_TOKENS)) {
    fragment.append(unescapeText(text.slice(last, match.index)));
    const [whole, block, code, inAngles, bold, italic] = match;
    if (block !== undefined) fragment.append(createElement("pre", {}, unescapeText(block)));
    else if (code !== undefined) fragment.append(createElement("code", {}, unescapeText(code)));
    else if (inAngles !== undefined) fragment.append(renderAngleToken(inAngles, people));
    else if (bold !== undefined) fragment.append(createElement("strong", {}, renderMrkdwn(bold, people)));
    else fragment.append(createElement("em", {}, renderMrkdwn(italic, people)));
    last = match.index + whole.length;
  }
  fragment.append(unescapeText(text.slice(last)));
  return fragment;
}

function renderText(object, people) {
  return object.type === "plain_text" ? document.createTextNode(object.text) : renderMrkdwn(object.text, people);
}

function renderButton(one, press, people) {
  const style = one.style ? ` ${one.style}` : "";
  const label = renderText(one.text, people);
  if (one.url && SAFE_URL.test(one.url)) {
    return createElement("a", { class: `button${style}`, href: one.url, target: "_blank", rel: "noopener", "data-action": one.action_id, onclick: () => press(one) }, label);
  }
  return createElement("button", { type: "button", class: `button${style}`, "aria-label": one.accessibility_label, "data-action": one.action_id, onclick: () => press(one) }, label);
}

export function renderBlocks(list, press, people) {
  return list.map((block) => {
    switch (block.type) {
      case "header": return createElement("div", { class: "block-header" }, renderText(block.text, people));
      case "divider": return createElement("hr", { class: "block-divider" });
      case "section": {
        const body = createElement("div", {}, ...(block.text ? [renderText(block.text, people)] : []));
        if (block.fields) body.append(createElement("div", { class: "block-fields" }, ...block.fields.map((field) => createElement("div", {}, renderText(field, people)))));
        return createElement("div", { class: "block-section" }, body, block.accessory && block.accessory.type === "button" ? renderButton(block.accessory, press, people) : null);
      }
      case "context": return createElement("div", { class: "block-context" }, ...block.elements.flatMap((one, index) => [index ? document.createTextNode("\n") : null, renderText(one, people)]));
      case "actions": return createElement("div", { class: "block-actions" }, ...block.elements.map((one) => renderButton(one, press, people)));
      case "image": return createElement("img", { src: block.image_url, alt: block.alt_text });
      default: return createElement("div", { class: "block-context" }, `(${block.type})`);
    }
  });
}
