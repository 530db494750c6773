// What is shown: passages, conversations and candidates side by side.
import { DRAWS } from "./registry.js";
import { el } from "./dom.js";
import { drawText, lengthOf } from "./text.js";
import { N_ } from "./strings.js";

const ROLES = { user: N_("User"), assistant: N_("Assistant"), system: N_("System"), tool: N_("Tool") };

export const letterAt = index => String.fromCharCode(65 + (index % 26));

function pane(desk, { label, text, body, role, extra }) {
  const head = el("header", { class: "pane-head" }, ...(extra || []), el("h2", { text: label }), el("span", { class: "length", text: lengthOf(text, desk.t) }));
  const scroller = el("div", { class: "pane-body", tabindex: "0", role: "region", "aria-label": label }, ...body);
  return el("article", { class: "pane", "data-role": role }, head, scroller);
}

function drawTurn(turn, desk) {
  const name = desk.t(ROLES[turn.role] || turn.role);
  return el("div", { class: "turn", "data-role": turn.role }, el("div", { class: "turn-role", text: name }), drawText(turn, desk));
}

const joined = turns => turns.map(turn => turn.text).join("\n");

DRAWS.shows.passage = (show, desk) =>
  pane(desk, { label: desk.loc(show.label), text: show.text, body: [drawText(show, desk)], role: show.role });

// A conversation opens at its end: the last turn is the one that is answered.
DRAWS.shows.chat = (show, desk) => {
  const turns = show.turns.map(turn => drawTurn(turn, desk));
  const node = pane(desk, { label: desk.loc(show.label), text: joined(show.turns), body: turns, role: "prompt" });
  const body = node.querySelector(".pane-body");
  requestAnimationFrame(() => { body.scrollTop = body.scrollHeight; });
  return node;
};

function drawCandidate(candidate, index, desk) {
  const turns = candidate.turns || [];
  const text = candidate.text ?? joined(turns);
  const body = turns.length ? turns.map(turn => drawTurn(turn, desk)) : [drawText(candidate, desk)];
  const letter = el("span", { class: "letter", "aria-hidden": "true", text: letterAt(index) });
  const node = pane(desk, { label: desk.t("Response {letter}", { letter: letterAt(index) }), text, body, role: "candidate", extra: [letter] });
  node.querySelector(".pane-head").append(el("span", { class: "verdict" }));
  node.dataset.hue = index % 6;
  node.dataset.candidate = candidate.id;
  return node;
}

// Panes scroll in step, by proportion; only the pane under the hand leads, or they would push each other.
function scrollInStep(bodies) {
  let leader = null;
  bodies.forEach(body => {
    const lead = () => { leader = body; };
    ["wheel", "pointerdown", "touchstart", "focus", "keydown"].forEach(name => body.addEventListener(name, lead, { passive: true }));
    body.addEventListener("scroll", () => {
      if (leader !== body) return;
      const share = body.scrollTop / Math.max(1, body.scrollHeight - body.clientHeight);
      bodies.forEach(other => { if (other !== body) other.scrollTop = share * (other.scrollHeight - other.clientHeight); });
    }, { passive: true });
  });
}

// On a narrow screen the row of panes swipes, and these tabs say which one is in view.
function tabsFor(row, panes, desk) {
  const tabs = panes.map((pane, index) => el("button", {
    type: "button", class: "tab", "data-hue": index % 6, "aria-label": desk.t("Response {letter}", { letter: letterAt(index) }),
    onclick: () => row.scrollTo({ left: pane.offsetLeft - row.offsetLeft, behavior: desk.calm ? "auto" : "smooth" }),
  }, letterAt(index)));
  const show = () => {
    const middle = row.scrollLeft + row.clientWidth / 2;
    panes.forEach((pane, i) => tabs[i].toggleAttribute("data-in-view", pane.offsetLeft - row.offsetLeft <= middle && middle < pane.offsetLeft - row.offsetLeft + pane.offsetWidth));
  };
  row.addEventListener("scroll", show, { passive: true });
  tabs[0]?.toggleAttribute("data-in-view", true);
  return el("nav", { class: "tabs" }, ...tabs);
}

DRAWS.shows.candidates = (show, desk) => {
  const panes = show.candidates.map((candidate, index) => drawCandidate(candidate, index, desk));
  const row = el("div", { class: "candidates" }, ...panes);
  row.style.setProperty("--n", panes.length);
  scrollInStep(panes.map(pane => pane.querySelector(".pane-body")));
  return el("div", { class: "comparison" }, tabsFor(row, panes, desk), row);
};
