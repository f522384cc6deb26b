// Draws Adaptive Cards 1.5 as Teams would, safely: every element is made here, and text only ever becomes text.

import { element } from "./block_kit.js";
import { actionBar, selectable } from "./card_actions.js";
import { inputs } from "./card_inputs.js";
import { rich } from "./card_text.js";

const SIZES = { small: "small", medium: "medium", large: "large", extralarge: "extra-large" };
const COLORS = ["dark", "light", "accent", "good", "warning", "attention"];
const STYLES = ["emphasis", "good", "attention", "warning", "accent"];
const NEWEST = [1, 5];

const word = (value) => String(value ?? "").toLowerCase();
const pixels = (value) => (/^\d+px$/.test(String(value)) ? value : null);

function textClasses(one) {
  const names = ["ac-text"];
  if (SIZES[word(one.size)]) names.push(`ac-${SIZES[word(one.size)]}`);
  if (["lighter", "bolder"].includes(word(one.weight))) names.push(`ac-${word(one.weight)}`);
  if (COLORS.includes(word(one.color))) names.push(`ac-color-${word(one.color)}`);
  if (one.isSubtle) names.push("ac-subtle");
  if (word(one.fontType) === "monospace") names.push("ac-mono");
  if (["center", "right"].includes(word(one.horizontalAlignment))) names.push(`ac-${word(one.horizontalAlignment)}`);
  return names;
}

function textBlock(one, scope) {
  const classes = [...textClasses(one), one.wrap ? "ac-wrap" : "ac-nowrap"];
  const heading = word(one.style) === "heading";
  if (heading && !one.size) classes.push("ac-large", "ac-bolder");
  const node = element("div", { class: classes.join(" "), role: heading ? "heading" : null, "aria-level": heading ? "3" : null }, rich(one.text, scope.host));
  if (one.wrap && one.maxLines > 0) {
    node.classList.add("ac-clamped");
    node.style.webkitLineClamp = String(Math.floor(one.maxLines));
  }
  return node;
}

function textRun(run, scope) {
  if (typeof run === "string") return document.createTextNode(run);
  if (!run || run.type !== "TextRun") return null;
  const classes = textClasses(run);
  for (const name of ["italic", "strikethrough", "underline", "highlight"]) if (run[name]) classes.push(`ac-${name}`);
  return selectable(element("span", { class: classes.join(" ") }, String(run.text ?? "")), run.selectAction, scope);
}

function richTextBlock(one, scope) {
  const node = element("div", { class: "ac-text ac-wrap" }, ...(one.inlines || []).map((run) => textRun(run, scope)));
  if (["center", "right"].includes(word(one.horizontalAlignment))) node.classList.add(`ac-${word(one.horizontalAlignment)}`);
  return node;
}

function factSet(one, scope) {
  const rows = (one.facts || []).flatMap((fact) => [element("dt", {}, rich(fact.title, scope.host)), element("dd", {}, rich(fact.value, scope.host))]);
  return element("dl", { class: "ac-facts" }, ...rows);
}

// The page loads nothing from elsewhere: another origin's picture is shown by its description.
function image(one, scope) {
  const url = String(one.url ?? "");
  const own = /^data:image\/(png|jpeg|gif|svg\+xml);/i.test(url) || (URL.canParse(url, location.href) && new URL(url, location.href).origin === location.origin);
  const node = own
    ? element("img", { class: `ac-image ac-image-${word(one.size) || "auto"}`, src: url, alt: one.altText || "" })
    : element("span", { class: "ac-image-away", role: "img", "aria-label": one.altText || "Picture" }, one.altText || "Picture");
  if (word(one.style) === "person") node.classList.add("ac-person");
  if (pixels(one.width)) node.style.width = one.width;
  if (pixels(one.height)) node.style.height = one.height;
  const align = word(one.horizontalAlignment);
  return element("div", { class: `ac-figure${["center", "right"].includes(align) ? ` ac-${align}` : ""}` }, selectable(node, one.selectAction, scope));
}

function boxed(node, one, scope) {
  if (STYLES.includes(word(one.style))) node.classList.add("ac-styled", `ac-style-${word(one.style)}`);
  if (one.bleed) node.classList.add("ac-bleed");
  if (pixels(one.minHeight)) node.style.minHeight = one.minHeight;
  if (["center", "bottom"].includes(word(one.verticalContentAlignment))) node.classList.add(`ac-v-${word(one.verticalContentAlignment)}`);
  return selectable(node, one.selectAction, scope);
}

function container(one, scope) {
  return boxed(element("div", { class: "ac-container" }, ...drawAll(one.items, scope)), one, scope);
}

function column(one, scope) {
  const node = container(one, scope);
  node.classList.add("ac-column");
  const width = one.width ?? "stretch";
  if (pixels(width)) node.style.flex = `0 0 ${width}`;
  else if (word(width) === "auto") node.style.flex = "0 1 auto";
  else node.style.flex = `${Number(width) > 0 ? Number(width) : 1} 1 0`;
  return node;
}

function columnSet(one, scope) {
  const columns = (one.columns || []).map((each) => dress(each, column(each, scope)));
  return boxed(element("div", { class: "ac-columns" }, ...columns), one, scope);
}

function table(one, scope) {
  const heads = one.firstRowAsHeaders ?? one.firstRowAsHeader ?? true;
  const rows = (one.rows || []).map((row, place) => element("tr", { class: STYLES.includes(word(row.style)) ? `ac-style-${word(row.style)}` : null },
    ...(row.cells || []).map((cell) => {
      const isHead = heads && place === 0;
      return boxed(element(isHead ? "th" : "td", { scope: isHead ? "col" : null }, ...drawAll(cell.items, scope)), cell, scope);
    })));
  const total = (one.columns || []).reduce((sum, each) => sum + (Number(each.width) || 0), 0);
  const widths = (one.columns || []).map((each) => {
    const node = element("col");
    if (pixels(each.width)) node.style.width = each.width;
    else if (Number(each.width) > 0) node.style.width = `${(100 * Number(each.width)) / total}%`;
    return node;
  });
  return element("div", { class: "ac-table-box" }, element("table", { class: one.showGridLines === false ? "ac-table" : "ac-table ac-grid" }, element("colgroup", {}, ...widths), element("tbody", {}, ...rows)));
}

function badge(one) {
  const style = ["subtle", "informative", "accent", "good", "attention", "warning"].includes(word(one.style)) ? word(one.style) : "default";
  return element("div", {}, element("span", { class: `ac-badge ac-badge-${style}${word(one.appearance) === "tint" ? " ac-tint" : ""}`, title: one.tooltip }, String(one.text ?? "")));
}

function codeBlock(one) {
  return element("pre", { class: "ac-code", tabindex: "0", "aria-label": one.language ? `Code, ${one.language}` : "Code" }, String(one.codeSnippet ?? ""));
}

const elements = {
  TextBlock: textBlock,
  RichTextBlock: richTextBlock,
  FactSet: factSet,
  Image: image,
  ImageSet: (one, scope) => element("div", { class: "ac-images" }, ...(one.images || []).map((each) => image({ size: one.imageSize || "medium", ...each }, scope))),
  Container: container,
  ColumnSet: columnSet,
  Table: table,
  ActionSet: (one, scope) => actionBar(one.actions, scope, drawCard),
  Badge: badge,
  CodeBlock: codeBlock,
  ...inputs,
};

function isReached(version) {
  const [major, minor] = String(version).split(".").map(Number);
  return version === "*" || major < NEWEST[0] || (major === NEWEST[0] && (minor || 0) <= NEWEST[1]);
}

function isSupported(one) {
  return Object.entries(one.requires || {}).every(([feature, version]) => feature === "adaptiveCards" && isReached(version));
}

// What is not known is drawn by its fallback, and its fallback's; what has none is left out.
function known(one, table_) {
  let here = one;
  while (here && typeof here === "object" && !(Object.hasOwn(table_, here.type) && isSupported(here))) here = here.fallback;
  return here && typeof here === "object" ? here : null;
}

function dress(one, node) {
  const spacing = word(one.spacing);
  node.classList.add(`ac-gap-${["none", "small", "medium", "large", "extralarge", "padding"].includes(spacing) ? spacing : "default"}`);
  if (one.separator) node.classList.add("ac-separated");
  if (one.id) node.dataset.acId = one.id;
  if (one.isVisible === false) node.hidden = true;
  if (word(one.height) === "stretch") node.classList.add("ac-stretch");
  return node;
}

function drawAll(list, scope) {
  return (list || []).flatMap((item) => {
    const one = known(item, elements);
    return one ? [dress(one, elements[one.type](one, scope))] : [];
  });
}

function drawCard(card, host, parent = null) {
  const node = element("div", { class: parent ? "ac-card ac-inner" : "ac-card", lang: card.lang });
  const scope = { host, inputs: [], parent, root: parent ? parent.root : node };
  node.append(...drawAll(card.body, scope));
  if (card.actions && card.actions.length) node.append(dress({}, actionBar(card.actions, scope, drawCard)));
  return boxed(node, { ...card, bleed: false }, scope);
}

// `host` is { locale, press(action, inputs), search(dataset, text) }; the last two return promises.
export function renderCard(card, host) {
  if (!isReached(card.version)) return element("div", { class: "ac-card", lang: card.lang }, card.fallbackText || "This card is too new to be shown.");
  const mentions = ((card.msteams || {}).entities || []).filter((one) => one.type === "mention").map((one) => one.text);
  const node = drawCard(card, { ...host, mentions });
  if (word((card.msteams || {}).width) === "full") node.classList.add("ac-full");
  if (card.rtl) node.dir = "rtl";
  return node;
}
