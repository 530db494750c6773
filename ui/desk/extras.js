// What stands beside every answer where the project asks for it: note, reasons, confidence, safety flag; drawn with the same words.
import { DRAWS } from "./registry.js";
import { el, kbd } from "./dom.js";

// Names that begin with ~ are written to the extras, not to the answer.
function noteAsks(rationale, desk) {
  if (!rationale) return [];
  const reasons = (rationale.reasons || []).map(reason => ({ value: reason.id, label: reason.name }));
  const note = { kind: "write", name: "~rationale", label: desk.t("Why?"), at_least: Math.max(rationale.min_chars || 0, rationale.required ? 1 : 0), at_most: null, required: Boolean(rationale.required), compact: true, key: "n" };
  return [...(reasons.length ? [{ kind: "many_of", name: "~reasons", label: desk.t("Reasons"), options: reasons, at_least: 0 }] : []), note];
}

const confidenceAsk = desk => ({
  kind: "scale", name: "~confidence", label: desk.t("Confidence"), low: 1, high: 5, step: 1, required: true,
  anchors: { 1: desk.t("a guess"), 5: desk.t("certain") },
});

function flagButton(desk) {
  const flip = () => desk.write("~flagged", desk.read("~flagged") ? undefined : true);
  const button = el("button", { type: "button", class: "quiet flag", "aria-pressed": "false", onclick: flip, title: desk.t("Mark this item as a safety concern") }, kbd("f"), el("span", { text: desk.t("Safety concern") }));
  return { root: button, flip, refresh: () => button.setAttribute("aria-pressed", String(Boolean(desk.read("~flagged")))) };
}

// `open` is remembered over items, so that the bar keeps its height; a required note is always open.
export function drawExtras(wanted, desk) {
  const note = noteAsks(wanted?.rationale, desk).map(ask => DRAWS.asks[ask.kind](ask, desk));
  const confidence = wanted?.confidence ? DRAWS.asks.scale(confidenceAsk(desk), desk) : null;
  const flag = wanted?.safety_flag ? flagButton(desk) : null;
  const required = Boolean(wanted?.rationale?.required);
  const drawer = el("div", { class: "note-drawer", hidden: !(required || desk.noteOpen) }, ...note.map(drawn => drawn.root));
  const toggle = note.length && !required
    ? el("button", { type: "button", class: "quiet", "aria-expanded": String(!drawer.hidden), onclick: () => (drawer.hidden ? enterNote() : open(false)) }, kbd("n"), el("span", { text: desk.t("Note") }))
    : null;
  function open(yes) {
    drawer.hidden = !yes;
    desk.noteOpen = yes;
    toggle?.setAttribute("aria-expanded", String(yes));
  }
  // First the reasons, which take digits; then, or where there are none, the text.
  function enterNote() {
    const [first, text] = [note[0], note.at(-1)];
    const reach = [first, text].includes(desk.asks[desk.cursor]) ? text : first;
    open(true);
    if (reach === text) text.focus();
    else desk.setCursor(desk.asks.indexOf(first));
  }
  return {
    drawer, asks: [...note, ...(confidence ? [confidence] : [])],
    tools: [toggle, flag?.root].filter(Boolean), confidence: confidence?.root,
    refresh: () => flag?.refresh(),
    key: key => {
      if (key === "n" && note.length) return enterNote(), true;
      if (key === "f" && flag) return flag.flip(), true;
      return false;
    },
    help: () => [...(note.length ? [[["N"], desk.t("Note")]] : []), ...(flag ? [[["F"], desk.t("Safety concern")]] : [])],
    reveal: () => { if (note.some(drawn => drawn.missing())) drawer.hidden = false; },
  };
}
