// Render Adaptive Cards 1.5 as Teams does. Text becomes text nodes only, so that no card can inject markup.

import { createElement } from "./block_kit.js";
import { createActionBar, makeSelectable } from "./card_actions.js";
import { inputRenderers } from "./card_inputs.js";
import { renderMarkdown } from "./card_text.js";
import { say } from "./words.js";

const SIZES = { small: "small", medium: "medium", large: "large", extralarge: "extra-large" };
const COLORS = ["dark", "light", "accent", "good", "warning", "attention"];
const STYLES = ["emphasis", "good", "attention", "warning", "accent"];
const MAX_VERSION = [1, 5];

const lowerCase = (value) => String(value ?? "").toLowerCase();
const pixelSize = (value) => (/^\d+px$/.test(String(value)) ? value : null);

function textClasses(one) {
  const names = ["ac-text"];
  if (SIZES[lowerCase(one.size)]) names.push(`ac-${SIZES[lowerCase(one.size)]}`);
  if (["lighter", "bolder"].includes(lowerCase(one.weight))) names.push(`ac-${lowerCase(one.weight)}`);
  if (COLORS.includes(lowerCase(one.color))) names.push(`ac-color-${lowerCase(one.color)}`);
  if (one.isSubtle) names.push("ac-subtle");
  if (lowerCase(one.fontType) === "monospace") names.push("ac-mono");
  if (["center", "right"].includes(lowerCase(one.horizontalAlignment))) names.push(`ac-${lowerCase(one.horizontalAlignment)}`);
  return names;
}

function drawTextBlock(one, scope) {
  const classes = [...textClasses(one), one.wrap ? "ac-wrap" : "ac-nowrap"];
  const heading = lowerCase(one.style) === "heading";
  if (heading && !one.size) classes.push("ac-large", "ac-bolder");
  const node = createElement("div", { class: classes.join(" "), role: heading ? "heading" : null, "aria-level": heading ? "3" : null }, renderMarkdown(one.text, scope.host));
  if (one.wrap && one.maxLines > 0) {
    node.classList.add("ac-clamped");
    node.style.webkitLineClamp = String(Math.floor(one.maxLines));
  }
  return node;
}

function drawTextRun(run, scope) {
  if (typeof run === "string") return document.createTextNode(run);
  if (!run || run.type !== "TextRun") return null;
  const classes = textClasses(run);
  for (const name of ["italic", "strikethrough", "underline", "highlight"]) if (run[name]) classes.push(`ac-${name}`);
  return makeSelectable(createElement("span", { class: classes.join(" ") }, String(run.text ?? "")), run.selectAction, scope);
}

function drawRichTextBlock(one, scope) {
  const node = createElement("div", { class: "ac-text ac-wrap" }, ...(one.inlines || []).map((run) => drawTextRun(run, scope)));
  if (["center", "right"].includes(lowerCase(one.horizontalAlignment))) node.classList.add(`ac-${lowerCase(one.horizontalAlignment)}`);
  return node;
}

function drawFactSet(one, scope) {
  const rows = (one.facts || []).flatMap((fact) => [createElement("dt", {}, renderMarkdown(fact.title, scope.host)), createElement("dd", {}, renderMarkdown(fact.value, scope.host))]);
  return createElement("dl", { class: "ac-facts" }, ...rows);
}

// The page's policy allows no other origin, so an image from elsewhere is shown as its description.
function drawImage(one, scope) {
  const url = String(one.url ?? "");
  const own = /^data:image\/(png|jpeg|gif|svg\+xml);/i.test(url) || (URL.canParse(url, location.href) && new URL(url, location.href).origin === location.origin);
  const node = own
    ? createElement("img", { class: `ac-image ac-image-${lowerCase(one.size) || "auto"}`, src: url, alt: one.altText || "" })
    : createElement("span", { class: "ac-image-blocked", role: "img", "aria-label": one.altText || say("Picture") }, one.altText || say("Picture"));
  if (lowerCase(one.style) === "person") node.classList.add("ac-person");
  if (pixelSize(one.width)) node.style.width = one.width;
  if (pixelSize(one.height)) node.style.height = one.height;
  const align = lowerCase(one.horizontalAlignment);
  return createElement("div", { class: `ac-figure${["center", "right"].includes(align) ? ` ac-${align}` : ""}` }, makeSelectable(node, one.selectAction, scope));
}

function applyContainerStyle(node, one, scope) {
  if (STYLES.includes(lowerCase(one.style))) node.classList.add("ac-styled", `ac-style-${lowerCase(one.style)}`);
  if (one.bleed) node.classList.add("ac-bleed");
  if (pixelSize(one.minHeight)) node.style.minHeight = one.minHeight;
  if (["center", "bottom"].includes(lowerCase(one.verticalContentAlignment))) node.classList.add(`ac-v-${lowerCase(one.verticalContentAlignment)}`);
  return makeSelectable(node, one.selectAction, scope);
}

function drawContainer(one, scope) {
  return applyContainerStyle(createElement("div", { class: "ac-container" }, ...drawElements(one.items, scope)), one, scope);
}

function drawColumn(one, scope) {
  const node = drawContainer(one, scope);
  node.classList.add("ac-column");
  const width = one.width ?? "stretch";
  if (pixelSize(width)) node.style.flex = `0 0 ${width}`;
  else if (lowerCase(width) === "auto") node.style.flex = "0 1 auto";
  else node.style.flex = `${Number(width) > 0 ? Number(width) : 1} 1 0`;
  return node;
}

function drawColumnSet(one, scope) {
  const columns = (one.columns || []).map((each) => applyCommonProperties(each, drawColumn(each, scope)));
  return applyContainerStyle(createElement("div", { class: "ac-columns" }, ...columns), one, scope);
}

function drawTable(one, scope) {
  const heads = one.firstRowAsHeaders ?? one.firstRowAsHeader ?? true;
  const rows = (one.rows || []).map((row, index) => createElement("tr", { class: STYLES.includes(lowerCase(row.style)) ? `ac-style-${lowerCase(row.style)}` : null },
    ...(row.cells || []).map((cell) => {
      const isHead = heads && index === 0;
      return applyContainerStyle(createElement(isHead ? "th" : "td", { scope: isHead ? "col" : null }, ...drawElements(cell.items, scope)), cell, scope);
    })));
  const total = (one.columns || []).reduce((sum, each) => sum + (Number(each.width) || 0), 0);
  const widths = (one.columns || []).map((each) => {
    const node = createElement("col");
    if (pixelSize(each.width)) node.style.width = each.width;
    else if (Number(each.width) > 0) node.style.width = `${(100 * Number(each.width)) / total}%`;
    return node;
  });
  return createElement("div", { class: "ac-table-box" }, createElement("table", { class: one.showGridLines === false ? "ac-table" : "ac-table ac-grid" }, createElement("colgroup", {}, ...widths), createElement("tbody", {}, ...rows)));
}

function drawBadge(one) {
  const style = ["subtle", "informative", "accent", "good", "attention", "warning"].includes(lowerCase(one.style)) ? lowerCase(one.style) : "default";
  return createElement("div", {}, createElement("span", { class: `ac-badge ac-badge-${style}${lowerCase(one.appearance) === "tint" ? " ac-tint" : ""}`, title: one.tooltip }, String(one.text ?? "")));
}

function drawCodeBlock(one) {
  return createElement("pre", { class: "ac-code", tabindex: "0", "aria-label": one.language ? say("Code, {language}", { language: one.language }) : say("Code") }, String(one.codeSnippet ?? ""));
}

const elementRenderers = {
  TextBlock: drawTextBlock,
  RichTextBlock: drawRichTextBlock,
  FactSet: drawFactSet,
  Image: drawImage,
  ImageSet: (one, scope) => createElement("div", { class: "ac-images" }, ...(one.images || []).map((each) => drawImage({ size: one.imageSize || "medium", ...each }, scope))),
  Container: drawContainer,
  ColumnSet: drawColumnSet,
  Table: drawTable,
  ActionSet: (one, scope) => createActionBar(one.actions, scope, drawCard),
  Badge: drawBadge,
  CodeBlock: drawCodeBlock,
  ...inputRenderers,
};

function isSupportedVersion(version) {
  const [major, minor] = String(version).split(".").map(Number);
  return version === "*" || major < MAX_VERSION[0] || (major === MAX_VERSION[0] && (minor || 0) <= MAX_VERSION[1]);
}

function isSupported(one) {
  return Object.entries(one.requires || {}).every(([feature, version]) => feature === "adaptiveCards" && isSupportedVersion(version));
}

// Return the element, or the first supported fallback. Return null if there is none.
function resolveFallback(one, renderers) {
  let current = one;
  while (current && typeof current === "object" && !(Object.hasOwn(renderers, current.type) && isSupported(current))) current = current.fallback;
  return current && typeof current === "object" ? current : null;
}

function applyCommonProperties(one, node) {
  const spacing = lowerCase(one.spacing);
  node.classList.add(`ac-gap-${["none", "small", "medium", "large", "extralarge", "padding"].includes(spacing) ? spacing : "default"}`);
  if (one.separator) node.classList.add("ac-separated");
  if (one.id) node.dataset.acId = one.id;
  if (one.isVisible === false) node.hidden = true;
  if (lowerCase(one.height) === "stretch") node.classList.add("ac-stretch");
  return node;
}

function drawElements(list, scope) {
  return (list || []).flatMap((item) => {
    const one = resolveFallback(item, elementRenderers);
    return one ? [applyCommonProperties(one, elementRenderers[one.type](one, scope))] : [];
  });
}

function drawCard(card, host, parent = null) {
  const node = createElement("div", { class: parent ? "ac-card ac-inner" : "ac-card", lang: card.lang });
  const scope = { host, inputs: [], parent, root: parent ? parent.root : node };
  node.append(...drawElements(card.body, scope));
  if (card.actions && card.actions.length) node.append(applyCommonProperties({}, createActionBar(card.actions, scope, drawCard)));
  return applyContainerStyle(node, { ...card, bleed: false }, scope);
}

// Render a card. `host` is { locale, press(action, inputs), search(dataset, text) }; the functions return promises.
export function renderCard(card, host) {
  if (!isSupportedVersion(card.version)) return createElement("div", { class: "ac-card", lang: card.lang }, card.fallbackText || say("This card is too new to be shown."));
  const mentions = ((card.msteams || {}).entities || []).filter((one) => one.type === "mention").map((one) => one.text);
  const node = drawCard(card, { ...host, mentions });
  if (lowerCase((card.msteams || {}).width) === "full") node.classList.add("ac-full");
  if (card.rtl) node.dir = "rtl";
  return node;
}
