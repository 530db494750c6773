// What every ask shares: its frame, its choices, its words when something is missing.
import { cap, el } from "./dom.js";

// Letters the desk itself uses are never given to an option.
const LETTERS = "qeryiopdhzcvbatx";
export const optionKey = index => (index < 9 ? String(index + 1) : index === 9 ? "0" : LETTERS[index - 10]);

let serial = 0;

export function frame(ask, desk, { role, body }) {
  const id = `ask-${++serial}`;
  const label = el(
    "div",
    { class: "ask-label", id, onclick: () => desk.goTo(ask) },
    el("span", { text: desk.loc(ask.label) }),
    ask.key && ask.kind !== "write" ? cap() : null,
  );
  if (ask.description) label.append(el("small", { text: desk.loc(ask.description) }));
  const problem = el("p", { class: "problem", id: `${id}-problem`, hidden: true });
  body.setAttribute("role", role);
  body.setAttribute("aria-labelledby", id);
  body.setAttribute("aria-describedby", `${id}-problem`);
  const root = el(
    "section",
    { class: "ask", "data-ask": ask.name, "data-kind": ask.kind },
    label,
    el("div", { class: "ask-body" }, body, problem),
  );
  return { root, problem, label, words: () => desk.loc(ask.label) };
}

export function complain(drawn, message) {
  drawn.problem.textContent = message || "";
  drawn.problem.hidden = !message;
  drawn.root.classList.toggle("wrong", Boolean(message));
}

export function choice({ label, name, title, role = "radio", hue, pick, small }) {
  return el(
    "button",
    {
      type: "button",
      class: "choice",
      role,
      "aria-checked": "false",
      "aria-label": name,
      tabindex: "-1",
      title,
      "data-hue": hue,
      onclick: pick,
    },
    cap(),
    el("span", { class: "choice-label", text: label }),
    small ? el("small", { text: small }) : null,
  );
}

// Roving tab stop: one stop a group, on what is chosen, else on the first.
export function mark(choices, isChosen) {
  let stop = choices.findIndex(isChosen);
  choices.forEach(c => c.setAttribute("aria-checked", String(Boolean(isChosen(c)))));
  if (stop < 0) stop = 0;
  choices.forEach((c, i) => {
    c.tabIndex = i === stop ? 0 : -1;
  });
}

// Left and right move inside a group: radios choose as they move (`pick`), check boxes only move.
export function step(all, by, pick) {
  const choices = all.filter(c => c.checkVisibility());
  if (!choices.length) return false;
  const focused = choices.indexOf(document.activeElement);
  const chosen = choices.findIndex(c => c.getAttribute("aria-checked") === "true");
  const from = focused >= 0 ? focused : chosen;
  const to = from < 0 ? (by > 0 ? 0 : choices.length - 1) : Math.min(choices.length - 1, Math.max(0, from + by));
  choices[to].focus({ preventScroll: false });
  pick?.(choices[to]);
  return true;
}

// The keys of a row of choices, each with its cap; digits work while the question has the focus, letters always.
export const keyed = (choices, keyOf) =>
  choices.map((node, i) => ({
    node,
    cap: node.querySelector("kbd"),
    keys: [keyOf(i)].filter(Boolean),
    focus: /^[0-9-]$/.test(keyOf(i)),
  }));
