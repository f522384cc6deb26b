// The story in five steps: which are done, and a button for the next one.

import { createElement } from "./block_kit.js";
import { $, page, selection, showPane } from "./page.js";
import { say } from "./words.js";

const TEXTS = {
  "sign-in": { title: say("Sign in"), hint: say("Connect your own TeamViewer account: run the command, press the button in the answer, and allow it."), action: say("Run /tv auth") },
  create: { title: say("Create 101"), hint: say("Create a session for request 101. Its requester, Ann Lee, gets the link by mail."), action: say("Run /tv create 101") },
  mail: { title: say("Open the mail"), hint: () => say("You are {name} now: open the mail in the requester’s mailbox.", { name: page.state.requesters.find((one) => one.email === page.state.requester.email).name }), action: say("Show the mailbox") },
  join: { title: say("Join"), hint: say("Follow the link in the mail, and allow remote control there."), action: say("Show the mailbox") },
  enter: { title: say("Enter"), hint: say("You are the technician again: press Enter on the card, and connect."), action: say("Show the card") },
};
const DONE_HINT = say("That was the story. Now try the other suggestions, Teams, or another person at the top.");

let sendCommand = () => {};

function showMailbox() {
  showPane("requester");
  const mail = $("mails").querySelector("summary");
  if (mail) { mail.scrollIntoView({ block: "center" }); mail.focus(); } else $("pane-requester").focus();
}

function showCard() {
  showPane("chat");
  const links = [...$("messages").querySelectorAll("a.button.primary")];
  if (links.length) { links.at(-1).scrollIntoView({ block: "center" }); links.at(-1).focus(); } else $("messages").focus();
}

const ACTIONS = {
  "sign-in": () => sendCommand(say("/tv auth")),
  create: () => sendCommand(say("/tv create 101")),
  mail: showMailbox,
  join: showMailbox,
  enter: showCard,
};

function drawStep(step, number, isCurrent) {
  return createElement("li", { class: step.is_done ? "done" : "", "aria-current": isCurrent ? "step" : null },
    createElement("i", { "aria-hidden": "true" }, step.is_done ? "✓" : String(number)),
    createElement("span", {}, TEXTS[step.name].title),
    createElement("b", { class: "visually-hidden" }, step.is_done ? say("{step}: done", { step: TEXTS[step.name].title }) : isCurrent ? say("next step") : TEXTS[step.name].title));
}

// Draw the steps from `page.state`. A guest cannot do them.
export function drawGuide() {
  const { steps, people } = page.state;
  const person = people.find((one) => one.user === selection.person);
  $("guide").hidden = !person || person.role === "guest";
  const current = steps.find((one) => !one.is_done);
  $("guide-steps").replaceChildren(...steps.map((one, index) => drawStep(one, index + 1, one === current)));
  const hint = current ? TEXTS[current.name].hint : DONE_HINT;
  $("guide-hint").textContent = typeof hint === "function" ? hint() : hint;
  // A hidden button would lose the focus.
  if (!current && document.activeElement === $("guide-action")) $("guide").querySelector("summary").focus({ preventScroll: true });
  $("guide-action").hidden = !current;
  if (!current) return;
  $("guide-action").textContent = TEXTS[current.name].action;
  $("guide-action").onclick = ACTIONS[current.name];
}

export function setUpGuide(send) {
  sendCommand = (text) => { showPane("chat"); send(text); };
}
