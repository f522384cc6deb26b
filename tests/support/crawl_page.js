// What the crawl does inside of the demo page: find the next control, wait for the effect of a press, and find empty fields.

window.crawl = (() => {
  const CONTROLS = "button, a[href], summary, select, [role=option], [role=button], input[type=radio], input[type=checkbox]";
  const FIELDS = "input[type=text], input[type=search], input[type=email], input[type=date], input[type=time], input[type=datetime-local], input:not([type]), textarea";
  const LATEST_MILLISECONDS = 8000;
  let before = "";

  const openDialog = () => [...document.querySelectorAll("dialog[open]")].at(-1) || null;
  const isShown = (node) => node.checkVisibility({ visibilityProperty: true }) && !node.closest("[inert]");
  // What is chosen already does nothing. The people, panes and places are the crawl's own choice.
  const isIdle = (node) => node.getAttribute("aria-current") === "true" || node.ariaDisabled === "true" || node.matches("[data-pane], #person, #channels *, #open-home, #teams-conversations *, :checked");

  // A choice shows something else, and a dialog is closed, after everything that is shown was pressed.
  const isLast = (node) => node.matches("select, #teams-dialog-close, #modal-close, [value=no]");

  // The address of a link without what differs from session to session: the same kind of page is behind it.
  const nameAddress = (href) => href.split(/([/?&=#])/).map((part) => (/\d/.test(part) || part.length > 24 ? "#" : part)).join("");

  function nameControl(node, screen) {
    if (node.target === "_blank") return `link | ${nameAddress(node.href)}`;
    const dialog = openDialog();
    const place = dialog ? `${dialog.id} ${dialog.querySelector("h2").textContent}` : screen;
    const name = (node.getAttribute("aria-label") || (node.tagName === "SELECT" ? node.id : node.textContent) || node.value || "").trim();
    const line = node.closest(".block-section, .ac-row, label")?.textContent.trim() || "";
    return [place, node.tagName, name, line].join(" | ").replace(/\S*\d\S*/g, "#").slice(0, 240);
  }

  // Everything a person can see of a change: texts, the focus, and the states of controls.
  function readScreen() {
    const states = [...document.querySelectorAll("[aria-current], [aria-pressed], [aria-expanded], details, input, select")].map((node) =>
      [node.getAttribute("aria-current"), node.getAttribute("aria-pressed"), node.getAttribute("aria-expanded"), node.open, node.checked, node.value]);
    return JSON.stringify([document.body.innerText, document.activeElement.id, document.activeElement.textContent.slice(0, 40), states]);
  }

  // Return the first control within `scope` that was not pressed. In an open dialog, nothing else can be pressed.
  function nextControl({ scope, screen, pressed, allowsDanger }) {
    for (const node of document.querySelectorAll("[data-crawl]")) node.removeAttribute("data-crawl");
    const dialog = openDialog();
    const roots = dialog ? [dialog] : [...document.querySelectorAll(scope)];
    const nodes = [...new Set(roots.flatMap((root) => [...(root.matches(CONTROLS) ? [root] : []), ...root.querySelectorAll(CONTROLS)]))];
    const known = new Set(pressed);
    const found = nodes.filter((node) => isShown(node) && !node.disabled && !isIdle(node))
      .map((node) => ({ node, key: nameControl(node, screen), isDanger: /danger|destructive/.test(node.className) }))
      .filter((one) => !known.has(one.key) && (dialog || allowsDanger || !one.isDanger))
      .sort((one, other) => one.isDanger - other.isDanger || isLast(one.node) - isLast(other.node));
    if (!found.length) return null;
    const [{ node, key }] = found;
    node.dataset.crawl = "next";
    before = readScreen();
    return { key, tag: node.tagName, opens: node.target === "_blank", left: found.length - 1, hadDialog: dialog !== null };
  }

  function findEmptyFields(scope) {
    const dialog = openDialog();
    const roots = dialog ? [dialog] : [...document.querySelectorAll(scope)];
    return roots.flatMap((root) => [...root.querySelectorAll(FIELDS)]).filter((node) => isShown(node) && !node.value && node.id)
      .map((node) => ({ id: node.id, name: (node.labels?.[0]?.textContent || node.getAttribute("aria-label") || node.placeholder || node.id).trim() }));
  }

  // Type into a composer as a person does, without a round trip for each character.
  function fillComposer(id, text) {
    const node = document.getElementById(id);
    node.value = text;
    node.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const EVENTS = ["focusin", "input", "change", "toggle"];

  // Return whether the screen changes from what it was before the press, within the time limit.
  function waitForEffect(milliseconds) {
    return new Promise((resolve) => {
      const finish = (hasChanged) => {
        clearTimeout(latest);
        clearInterval(regular);
        observer.disconnect();
        for (const kind of EVENTS) document.removeEventListener(kind, check, true);
        resolve(hasChanged);
      };
      const check = () => { if (readScreen() !== before) finish(true); };
      const latest = setTimeout(() => finish(false), milliseconds);
      const regular = setInterval(check, 100);
      const observer = new MutationObserver(check);
      observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
      for (const kind of EVENTS) document.addEventListener(kind, check, true);
      check();
    });
  }

  // Wait until nothing on the page has changed for a moment.
  function waitForQuiet(milliseconds) {
    return new Promise((resolve) => {
      const finish = () => { clearTimeout(timer); clearTimeout(latest); observer.disconnect(); resolve(); };
      let timer = setTimeout(finish, milliseconds);
      const latest = setTimeout(finish, LATEST_MILLISECONDS);
      const observer = new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(finish, milliseconds); });
      observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
    });
  }

  // What is shown, without numbers: the same kind of screen has the same text.
  function describeScreen(pane) {
    return ((openDialog() || document.getElementById(`pane-${pane}`)).innerText).replace(/\S*\d\S*/g, "#");
  }

  return { nextControl, findEmptyFields, fillComposer, waitForEffect, waitForQuiet, describeScreen, hasDialog: () => openDialog() !== null, hasChanged: () => readScreen() !== before };
})();
