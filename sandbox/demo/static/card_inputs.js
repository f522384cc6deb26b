// The inputs of an Adaptive Card. Each registers in the scope of its card, so that an action can collect the values.

import { createElement } from "./block_kit.js";
import { createTypeahead } from "./typeahead.js";
import { say } from "./words.js";

let counter = 0;
const newId = () => { counter += 1; return `ac-in-${counter}`; };
const lowerCase = (value) => String(value ?? "").toLowerCase();

// Create a field: label, control and error message. `read` returns the value, or an empty string.
function createField(one, scope, control, { read, write, valid = () => true, group = false }) {
  const id = control.id || newId();
  control.id = id;
  const errorNode = createElement("p", { class: "ac-error", role: "alert", id: `${id}-error`, hidden: true });
  const marker = one.isRequired ? createElement("span", { class: "ac-required", "aria-hidden": "true" }, " *") : null;
  const label = one.label ? createElement(group ? "div" : "label", { class: "ac-label", id: `${id}-label`, for: group ? null : id }, one.label, marker) : null;
  const target = control.querySelector("[role=combobox]") || control;
  if (group && label) control.setAttribute("aria-labelledby", label.id);
  if (!label) target.setAttribute("aria-label", one.title || one.placeholder || one.id || say("Input"));
  if (one.isRequired) target.setAttribute("aria-required", "true");
  const input = {
    id: one.id,
    read,
    reset: () => write(one.value ?? ""),
    check: () => {
      const isValid = read() === "" ? !one.isRequired : valid(read());
      errorNode.hidden = isValid;
      errorNode.textContent = isValid ? "" : one.errorMessage || say("Please check this.");
      target.setAttribute("aria-invalid", String(!isValid));
      if (!isValid) target.setAttribute("aria-describedby", errorNode.id);
      return isValid;
    },
    focus: () => (control.querySelector("input, select, textarea") || control).focus(),
  };
  if (one.id) scope.inputs.push(input);
  control.addEventListener("input", () => { if (!errorNode.hidden) input.check(); });
  return createElement("div", { class: "ac-field" }, label, control, errorNode);
}

// Return the values of a card and of the cards around it. Show the errors and return null if an input is invalid.
export function collectInputs(scope) {
  const values = {};
  const invalid = [];
  for (let one = scope; one; one = one.parent) {
    for (const input of one.inputs) {
      if (!input.check()) invalid.push(input);
      values[input.id] = input.read();
    }
  }
  if (invalid.length) invalid[0].focus();
  return invalid.length ? null : values;
}

function createValueField(one, scope, control, valid) {
  return createField(one, scope, control, { read: () => control.value, write: (value) => { control.value = value; }, valid });
}

const INPUT_TYPES = { email: "email", tel: "tel", url: "url", password: "password" };

function createTextInput(one, scope) {
  const shared = { placeholder: one.placeholder, maxlength: one.maxLength || null, class: "ac-input" };
  const control = one.isMultiline
    ? createElement("textarea", { rows: 3, ...shared })
    : createElement("input", { type: INPUT_TYPES[lowerCase(one.style)] || "text", autocomplete: "off", spellcheck: "false", ...shared });
  control.value = one.value ?? "";
  return createValueField(one, scope, control, (value) => !one.regex || new RegExp(one.regex, "u").test(value));
}

function createNumberInput(one, scope) {
  const control = createElement("input", { type: "number", class: "ac-input", min: one.min, max: one.max, placeholder: one.placeholder, step: "any" });
  control.value = one.value ?? "";
  return createValueField(one, scope, control, () => control.checkValidity());
}

function createDateInput(type) {
  return (one, scope) => {
    const control = createElement("input", { type, class: "ac-input", min: one.min, max: one.max });
    control.value = one.value ?? "";
    return createValueField(one, scope, control, () => control.checkValidity());
  };
}

function createToggle(one, scope) {
  const on = one.valueOn ?? "true";
  const off = one.valueOff ?? "false";
  const box = createElement("input", { type: "checkbox" });
  box.checked = String(one.value ?? off) === on;
  const control = createElement("label", { class: "ac-check" }, box, createElement("span", {}, one.title || ""));
  return createField(one, scope, control, {
    group: true,
    read: () => (box.checked ? on : off),
    write: (value) => { box.checked = String(value || off) === on; },
    valid: (value) => !one.isRequired || value === on,
  });
}

function splitValues(value) {
  return String(value ?? "").split(",").filter(Boolean);
}

function createChoiceList(one, scope) {
  const name = newId();
  const boxes = (one.choices || []).map((choice) => createElement("input", { type: one.isMultiSelect ? "checkbox" : "radio", name, value: choice.value }));
  const write = (value) => { for (const box of boxes) box.checked = splitValues(value).includes(box.value); };
  write(one.value);
  const rows = boxes.map((box, index) => createElement("label", { class: "ac-check" }, box, createElement("span", {}, one.choices[index].title)));
  const control = createElement("div", { role: one.isMultiSelect ? "group" : "radiogroup", class: "ac-choices" }, ...rows);
  return createField(one, scope, control, { group: true, read: () => boxes.filter((box) => box.checked).map((box) => box.value).join(","), write });
}

function createSelect(one, scope) {
  const entries = (one.choices || []).map((choice) => createElement("option", { value: choice.value }, choice.title));
  const empty = createElement("option", { value: "" }, one.placeholder || "");
  const control = createElement("select", { class: "ac-input" }, ...(one.value && !one.placeholder ? entries : [empty, ...entries]));
  control.value = one.value ?? "";
  return createValueField(one, scope, control);
}

function createFilteredSelect(one, scope) {
  const query = one["choices.data"];
  const search = query && query.type === "Data.Query" ? (entered) => scope.host.search(query.dataset, entered) : null;
  const picker = createTypeahead({ id: newId(), choices: one.choices || [], value: one.value, placeholder: one.placeholder, search });
  const node = createField(one, scope, picker.node, { read: picker.read, write: picker.write });
  const label = node.querySelector("label");
  if (label) label.setAttribute("for", picker.input.id);
  return node;
}

function createChoiceSet(one, scope) {
  if (one.isMultiSelect || lowerCase(one.style) === "expanded") return createChoiceList(one, scope);
  return lowerCase(one.style) === "filtered" || one["choices.data"] ? createFilteredSelect(one, scope) : createSelect(one, scope);
}

export const inputRenderers = {
  "Input.Text": createTextInput,
  "Input.Number": createNumberInput,
  "Input.Date": createDateInput("date"),
  "Input.Time": createDateInput("time"),
  "Input.Toggle": createToggle,
  "Input.ChoiceSet": createChoiceSet,
};
