// Where things stand: the strip on top, the stage with the texts, the bar with the questions.
import { cap, el } from "./dom.js";
import { DRAWS } from "./registry.js";
import { drawExtras } from "./extras.js";
import { N_ } from "./strings.js";

export const tool = (desk, key, words, act, className = "quiet") =>
  el("button", { type: "button", class: className, title: desk.t(words), "data-command": key, onclick: act }, cap(), el("span", { text: desk.t(words) }));

// The project's title; where the person has a choice among projects, the way to it.
const chooser = desk => desk.mode === "label" && desk.data.home
  ? el("a", { class: "strip-title", href: desk.data.home, target: "_self", title: desk.t("Choose another project") })
  : el("span", { class: "strip-title" });

export function drawStrip(desk) {
  const told = desk.t("Keys");
  const parts = {
    title: chooser(desk),
    progress: el("span", { class: "progress" }),
    sentBack: el("a", { class: "sent-back", href: "/work", target: "_self", hidden: true }),
    saved: el("span", { class: "saved" }),
    language: tool(desk, "l", N_("Language of questions and guidelines"), () => desk.command("l")),
    view: tool(desk, "m", N_("Formatted"), () => desk.command("m")),
    guidelines: tool(desk, "g", N_("Guidelines"), () => desk.command("g")),
    help: el("button", { type: "button", class: "quiet", title: told, "aria-label": told, "data-command": "?", onclick: () => desk.command("?") },
      cap()),
  };
  const node = el("header", { class: "strip" },
    el("div", { class: "strip-left" }, parts.title, parts.progress, parts.sentBack),
    el("div", { class: "strip-middle" }, parts.saved),
    el("div", { class: "strip-right" }, desk.activity?.view, parts.language, parts.view, parts.guidelines, parts.help));
  return { node, ...parts };
}

const isMain = (show, node) => show.kind === "candidates" || node.dataset.role === "response";

export function drawStage(stage, desk, asks) {
  const drawn = desk.item.screen.shows.map(show => ({ show, node: DRAWS.shows[show.kind](show, desk) }));
  const writing = asks.filter(drawnAsk => drawnAsk.ask.kind === "write").map(drawnAsk => drawnAsk.root);
  const main = drawn.filter(({ show, node }) => isMain(show, node)).map(({ node }) => node).concat(writing);
  const side = drawn.filter(({ show, node }) => !isMain(show, node)).map(({ node }) => node);
  const layout = drawn.some(({ show }) => show.kind === "candidates") ? "compare" : main.length && side.length ? "split" : "single";
  const groups = [side, main].filter(group => group.length).map((group, i) => el("div", { class: i === 0 && side.length ? "side" : "main" }, ...group));
  stage.replaceChildren(...groups);
  stage.dataset.layout = layout;
}

export function drawBar(desk, asks) {
  const extras = drawExtras(desk.item.extrasWanted, desk);
  const inBar = asks.filter(drawn => drawn.ask.kind !== "write").map(drawn => drawn.root);
  const label = { label: N_("Submit"), revise: N_("Save the revision"), preview: N_("Check the answer"), review: N_("Submit verdict") }[desk.mode];
  const submit = el("button", { type: "button", class: "primary submit", onclick: () => desk.submit() }, el("span", { text: desk.t(label) }), el("kbd", { text: "⏎" }));
  const skip = desk.mode === "label" ? tool(desk, "s", N_("Skip"), () => desk.command("s")) : null;
  const undo = desk.mode === "label" ? tool(desk, "u", N_("Undo"), () => desk.command("u")) : null;
  if (undo) undo.disabled = !desk.undoable;
  const back = desk.editing
    ? el("button", { type: "button", class: "quiet", onclick: () => desk.show(false) }, cap(), el("span", { text: desk.t("Back to the answers") }))
    : null;
  const tools = el("div", { class: "tools" }, ...extras.tools, skip, undo, back);
  const send = el("div", { class: "send" }, el("span", { class: "left-to-do" }), submit);
  const foot = el("div", { class: "foot" }, extras.confidence, tools, send);
  desk.bar.replaceChildren(el("div", { class: inBar.length > 1 ? "asks several" : "asks" }, ...inBar), extras.drawer, foot);
  desk.bar.hidden = false;
  return { extras, submit, undo, back, leftToDo: foot.querySelector(".left-to-do") };
}
