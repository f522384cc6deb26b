// The inputs of an Adaptive Card. Each is registered in its card's scope, so that a press can gather what was entered.

import { element } from "./block_kit.js";
import { typeahead } from "./typeahead.js";

let counter = 0;
const newId = () => { counter += 1; return `ac-in-${counter}`; };
const word = (value) => String(value ?? "").toLowerCase();

// Puts a label above a control and an error below it. `read` returns what was entered; empty for nothing.
function field(one, scope, control, { read, write, valid = () => true, group = false }) {
  const id = control.id || newId();
  control.id = id;
  const complaint = element("p", { class: "ac-complaint", role: "alert", id: `${id}-complaint`, hidden: true });
  const marker = one.isRequired ? element("span", { class: "ac-required", "aria-hidden": "true" }, " *") : null;
  const label = one.label ? element(group ? "div" : "label", { class: "ac-label", id: `${id}-label`, for: group ? null : id }, one.label, marker) : null;
  const target = control.querySelector("[role=combobox]") || control;
  if (group && label) control.setAttribute("aria-labelledby", label.id);
  if (!label) target.setAttribute("aria-label", one.title || one.placeholder || one.id || "Input");
  if (one.isRequired) target.setAttribute("aria-required", "true");
  const input = {
    id: one.id,
    read,
    reset: () => write(one.value ?? ""),
    check: () => {
      const fine = read() === "" ? !one.isRequired : valid(read());
      complaint.hidden = fine;
      complaint.textContent = fine ? "" : one.errorMessage || "Please check this.";
      target.setAttribute("aria-invalid", String(!fine));
      if (!fine) target.setAttribute("aria-describedby", complaint.id);
      return fine;
    },
    focus: () => (control.querySelector("input, select, textarea") || control).focus(),
  };
  if (one.id) scope.inputs.push(input);
  control.addEventListener("input", () => { if (!complaint.hidden) input.check(); });
  return element("div", { class: "ac-field" }, label, control, complaint);
}

// What the inputs of a card and of the cards around it hold. Null where something is missing or wrong: it is then shown.
export function collect(scope) {
  const entered = {};
  const wrong = [];
  for (let one = scope; one; one = one.parent) {
    for (const input of one.inputs) {
      if (!input.check()) wrong.push(input);
      entered[input.id] = input.read();
    }
  }
  if (wrong.length) wrong[0].focus();
  return wrong.length ? null : entered;
}

function direct(one, scope, control, valid) {
  return field(one, scope, control, { read: () => control.value, write: (value) => { control.value = value; }, valid });
}

const KINDS = { email: "email", tel: "tel", url: "url", password: "password" };

function text(one, scope) {
  const shared = { placeholder: one.placeholder, maxlength: one.maxLength || null, class: "ac-input" };
  const control = one.isMultiline
    ? element("textarea", { rows: 3, ...shared })
    : element("input", { type: KINDS[word(one.style)] || "text", autocomplete: "off", spellcheck: "false", ...shared });
  control.value = one.value ?? "";
  return direct(one, scope, control, (value) => !one.regex || new RegExp(one.regex, "u").test(value));
}

function number(one, scope) {
  const control = element("input", { type: "number", class: "ac-input", min: one.min, max: one.max, placeholder: one.placeholder, step: "any" });
  control.value = one.value ?? "";
  return direct(one, scope, control, () => control.checkValidity());
}

function moment(type) {
  return (one, scope) => {
    const control = element("input", { type, class: "ac-input", min: one.min, max: one.max });
    control.value = one.value ?? "";
    return direct(one, scope, control, () => control.checkValidity());
  };
}

function toggle(one, scope) {
  const on = one.valueOn ?? "true";
  const off = one.valueOff ?? "false";
  const box = element("input", { type: "checkbox" });
  box.checked = String(one.value ?? off) === on;
  const control = element("label", { class: "ac-check" }, box, element("span", {}, one.title || ""));
  return field(one, scope, control, {
    group: true,
    read: () => (box.checked ? on : off),
    write: (value) => { box.checked = String(value || off) === on; },
    valid: (value) => !one.isRequired || value === on,
  });
}

function chosen(value) {
  return String(value ?? "").split(",").filter(Boolean);
}

function expanded(one, scope) {
  const name = newId();
  const boxes = (one.choices || []).map((choice) => element("input", { type: one.isMultiSelect ? "checkbox" : "radio", name, value: choice.value }));
  const write = (value) => { for (const box of boxes) box.checked = chosen(value).includes(box.value); };
  write(one.value);
  const rows = boxes.map((box, place) => element("label", { class: "ac-check" }, box, element("span", {}, one.choices[place].title)));
  const control = element("div", { role: one.isMultiSelect ? "group" : "radiogroup", class: "ac-choices" }, ...rows);
  return field(one, scope, control, { group: true, read: () => boxes.filter((box) => box.checked).map((box) => box.value).join(","), write });
}

function compact(one, scope) {
  const entries = (one.choices || []).map((choice) => element("option", { value: choice.value }, choice.title));
  const empty = element("option", { value: "" }, one.placeholder || "");
  const control = element("select", { class: "ac-input" }, ...(one.value && !one.placeholder ? entries : [empty, ...entries]));
  control.value = one.value ?? "";
  return direct(one, scope, control);
}

function filtered(one, scope) {
  const query = one["choices.data"];
  const search = query && query.type === "Data.Query" ? (entered) => scope.host.search(query.dataset, entered) : null;
  const picker = typeahead({ id: newId(), choices: one.choices || [], value: one.value, placeholder: one.placeholder, search });
  const node = field(one, scope, picker.node, { read: picker.read, write: picker.write });
  const label = node.querySelector("label");
  if (label) label.setAttribute("for", picker.input.id);
  return node;
}

function choiceSet(one, scope) {
  if (one.isMultiSelect || word(one.style) === "expanded") return expanded(one, scope);
  return word(one.style) === "filtered" || one["choices.data"] ? filtered(one, scope) : compact(one, scope);
}

export const inputs = {
  "Input.Text": text,
  "Input.Number": number,
  "Input.Date": moment("date"),
  "Input.Time": moment("time"),
  "Input.Toggle": toggle,
  "Input.ChoiceSet": choiceSet,
};
