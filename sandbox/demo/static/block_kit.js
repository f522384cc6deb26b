// Draws Block Kit as Slack would, safely: everything becomes text nodes and elements made here.

const SAFE = /^(https?:|mailto:)/i;

export function element(tag, options = {}, ...children) {
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

function unescape(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&").replaceAll("\u2060", "");
}

export function link(url, label) {
  if (!SAFE.test(url)) return document.createTextNode(label);
  return element("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}

function date(body) {
  const [, unix, , fallback] = body.match(/^!date\^(\d+)\^([^|]*)\|(.*)$/s) || [];
  if (!unix) return body;
  const at = new Date(Number(unix) * 1000);
  return Number.isNaN(at.getTime()) ? fallback : at.toLocaleString(document.documentElement.dataset.locale || [], { dateStyle: "medium", timeStyle: "short" });
}

function angle(body, people) {
  if (body.startsWith("!date")) return document.createTextNode(date(body));
  if (body.startsWith("@")) return element("strong", {}, "@" + (people[body.slice(1).split("|")[0]] || body.slice(1)));
  if (body.startsWith("!")) return element("strong", { class: "ping" }, "@" + body.slice(1));
  const bar = body.indexOf("|");
  const url = unescape(bar < 0 ? body : body.slice(0, bar));
  return link(url, unescape(bar < 0 ? body : body.slice(bar + 1)));
}

const TOKENS = /```([\s\S]+?)```|`([^`\n]+)`|<([^<>\n]+)>|(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?![\w*])|(?<![\w_])_(\S(?:[^_\n]*\S)?)_(?![\w_])/g;

export function mrkdwn(text, people) {
  const fragment = document.createDocumentFragment();
  let last = 0;
  for (const match of text.matchAll(TOKENS)) {
    fragment.append(unescape(text.slice(last, match.index)));
    const [whole, block, code, inAngles, bold, italic] = match;
    if (block !== undefined) fragment.append(element("pre", {}, unescape(block)));
    else if (code !== undefined) fragment.append(element("code", {}, unescape(code)));
    else if (inAngles !== undefined) fragment.append(angle(inAngles, people));
    else if (bold !== undefined) fragment.append(element("strong", {}, mrkdwn(bold, people)));
    else fragment.append(element("em", {}, mrkdwn(italic, people)));
    last = match.index + whole.length;
  }
  fragment.append(unescape(text.slice(last)));
  return fragment;
}

function words(object, people) {
  return object.type === "plain_text" ? document.createTextNode(object.text) : mrkdwn(object.text, people);
}

function button(one, press, people) {
  const style = one.style ? ` ${one.style}` : "";
  const label = words(one.text, people);
  if (one.url && SAFE.test(one.url)) {
    return element("a", { class: `button${style}`, href: one.url, target: "_blank", rel: "noopener", "data-action": one.action_id, onclick: () => press(one) }, label);
  }
  return element("button", { type: "button", class: `button${style}`, "data-action": one.action_id, onclick: () => press(one) }, label);
}

export function blocks(list, press, people) {
  return list.map((block) => {
    switch (block.type) {
      case "header": return element("div", { class: "block-header" }, words(block.text, people));
      case "divider": return element("hr", { class: "block-divider" });
      case "section": {
        const body = element("div", {}, ...(block.text ? [words(block.text, people)] : []));
        for (const field of block.fields || []) body.append(element("div", {}, words(field, people)));
        return element("div", { class: "block-section" }, body, block.accessory && block.accessory.type === "button" ? button(block.accessory, press, people) : null);
      }
      case "context": return element("div", { class: "block-context" }, ...block.elements.flatMap((one, place) => [place ? document.createTextNode("\n") : null, words(one, people)]));
      case "actions": return element("div", { class: "block-actions" }, ...block.elements.map((one) => button(one, press, people)));
      case "image": return element("img", { src: block.image_url, alt: block.alt_text });
      default: return element("div", { class: "block-context" }, `(${block.type})`);
    }
  });
}
