// Redraw the children of a box. What did not change stays the same node. What changed keeps its focus, typed text, open parts and scrolling.

const CONTROLS = "a[href], button, input, select, textarea, summary, iframe, [tabindex]";
const drawnVersions = new WeakMap();
// The fields that the user has changed. What the bot filled in is replaced by its next value.
const touched = new WeakSet();
for (const kind of ["input", "change"]) document.addEventListener(kind, (event) => touched.add(event.target), true);

// What had the focus when a dialog was opened, or what was drawn in its place since.
let opener = null;

// Open a dialog. After it the focus is where it was before, although that may have been redrawn meanwhile.
export function openDialog(dialog) {
  if (dialog.open) return;
  opener = document.activeElement;
  dialog.showModal();
  dialog.addEventListener("close", () => {
    const isNowhere = document.activeElement === document.body || dialog.contains(document.activeElement);
    if (isNowhere) opener?.focus({ preventScroll: true });
    opener = null;
  }, { once: true });
}

// Update the children of a box. An entry is { key, version, draw }. It is redrawn if its `version` string has changed.
export function updateChildren(box, entries) {
  const oldNodes = new Map([...box.children].map((node) => [node.dataset.key, node]));
  const focused = box.contains(document.activeElement) && document.activeElement !== box ? document.activeElement : null;
  const redrawn = [];
  const target = entries.map(({ key, version, draw }) => {
    const node = oldNodes.get(key);
    if (node && drawnVersions.get(node) === version) return node;
    const drawn = draw();
    drawn.dataset.key = key;
    drawnVersions.set(drawn, version);
    if (node) redrawn.push([node, drawn]);
    return drawn;
  });
  const isSame = target.length === box.children.length && target.every((node, index) => box.children[index] === node);
  if (isSame) return;
  // Looked for while the old nodes still have all their controls.
  const findRedrawn = (control) => {
    const [node, drawn] = redrawn.find(([one]) => one.contains(control)) || [];
    return node && findSameControl(node, drawn, control);
  };
  const place = box.closest("[tabindex]") || document.getElementById("main");
  const same = focused && findRedrawn(focused);
  if (opener && box.contains(opener) && !target.some((node) => node.contains(opener))) opener = findRedrawn(opener) || place;
  const selected = readSelection(focused);
  const restoreScrolling = redrawn.map(([node, drawn]) => { keepUserState(node, drawn); return rememberScrolling(node, drawn); });
  const remaining = new Set(target);
  for (const node of [...box.children]) if (!remaining.has(node)) node.remove();
  // An unchanged node is not moved: a move would load its frames again, and take the focus away.
  target.forEach((node, index) => { if (box.children[index] !== node) box.insertBefore(node, box.children[index] || null); });
  for (const restore of restoreScrolling) restore();
  if (!focused || box.contains(document.activeElement)) return;
  (same || place).focus({ preventScroll: true });
  if (same && selected && same.value) same.setSelectionRange(...selected);
}

// The stable name of a control: what the bot or the page calls it, else its text.
function nameControl(node) {
  // The ids of a card’s inputs are new in each drawing, so the card's name for them comes first.
  const inputName = node.matches("input, textarea, select") && node.closest("[data-ac-id]")?.dataset.acId;
  const name = node.dataset.action || inputName || node.id || node.name || node.getAttribute("aria-label") || node.title || node.textContent.trim();
  return `${node.tagName} ${name} ${node.type === "radio" || node.type === "checkbox" ? node.value : ""}`;
}

// Find the control with the same name in the redrawn node, and among equal names the one at the same place.
// A control whose name has changed is found by its place, if the node still has as many controls of its tag.
function findSameControl(node, redrawn, control) {
  const name = nameControl(control);
  const oldOnes = [...node.querySelectorAll(CONTROLS)];
  const newOnes = [...redrawn.querySelectorAll(CONTROLS)];
  const named = newOnes.filter((one) => nameControl(one) === name);
  if (named.length) return named[Math.min(oldOnes.filter((one) => nameControl(one) === name).indexOf(control), named.length - 1)];
  const oldPeers = oldOnes.filter((one) => one.tagName === control.tagName);
  const newPeers = newOnes.filter((one) => one.tagName === control.tagName);
  return oldPeers.length === newPeers.length ? newPeers[oldPeers.indexOf(control)] : undefined;
}

function readSelection(control) {
  const isText = control && (control.tagName === "TEXTAREA" || ["text", "search"].includes(control.type));
  return isText ? [control.selectionStart, control.selectionEnd] : null;
}

// Take over what the user typed, chose and opened. The redrawn node is not on the page yet, so that nothing scrolls or takes the focus.
function keepUserState(node, redrawn) {
  for (const one of node.querySelectorAll("input, textarea, select, details, [aria-expanded]")) {
    const control = one.tagName === "DETAILS" ? one.querySelector("summary") : one;
    const same = control && findSameControl(node, redrawn, control);
    if (!same) continue;
    if (one.tagName === "DETAILS") same.parentElement.open = one.open;
    else if (touched.has(one)) copyField(one, same);
    if (one.tagName === "BUTTON" && one.getAttribute("aria-expanded") === "true" && same.getAttribute("aria-expanded") === "false") same.click();
  }
}

function copyField(field, same) {
  touched.add(same);
  if (field.readChoice) same.writeChoice?.(field.readChoice(), field.value);
  else if (field.type === "radio" || field.type === "checkbox") same.checked = field.checked;
  else same.value = field.value;
}

// Return a function that scrolls the parts of the redrawn node to where the user had scrolled them.
function rememberScrolling(node, redrawn) {
  const parts = [...node.querySelectorAll("*")].filter((one) => one.scrollTop || one.scrollLeft).map((one) => {
    const index = [...node.querySelectorAll(one.tagName)].indexOf(one);
    return [one.tagName, index, one.scrollTop, one.scrollLeft];
  });
  return () => {
    for (const [tag, index, scrollTop, scrollLeft] of parts) Object.assign(redrawn.querySelectorAll(tag)[index] || {}, { scrollTop, scrollLeft });
  };
}
