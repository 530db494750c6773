// What stands beside every answer where the project asks for it: note, reasons, confidence, safety flag; drawn with the
// same words.
import { DRAWS } from "./registry.js";
import { cap, el } from "./dom.js";

// Names that begin with ~ are written to the extras, not to the answer. A note that may stay shut is opened by its own
// control.
function noteAsks(rationale, desk) {
  if (!rationale) return [];
  const reasons = (rationale.reasons || []).map(reason => ({ value: reason.id, label: reason.name }));
  const least = Math.max(rationale.min_chars || 0, rationale.required ? 1 : 0);
  const note = {
    kind: "write",
    name: "~rationale",
    label: desk.t("Explanation"),
    at_least: least,
    at_most: null,
    required: Boolean(rationale.required),
    compact: true,
    key: rationale.required ? "n" : null,
  };
  return [
    ...(reasons.length
      ? [{ kind: "many_of", name: "~reasons", label: desk.t("Reasons"), options: reasons, at_least: 0 }]
      : []),
    note,
  ];
}

const confidenceAsk = desk => ({
  kind: "scale",
  name: "~confidence",
  label: desk.t("Self-rated confidence"),
  low: 1,
  high: 5,
  step: 1,
  required: true,
  key: "c",
  anchors: { 1: desk.t("a guess"), 5: desk.t("certain") },
});

function flagButton(desk) {
  const words = desk.t("Mark this item as a safety concern");
  const flip = () => desk.write("~flagged", desk.read("~flagged") ? undefined : true);
  const button = el(
    "button",
    { type: "button", class: "quiet flag", "aria-pressed": "false", "data-command": "f", onclick: flip, title: words },
    cap(),
    el("span", { text: desk.t("Safety concern") }),
  );
  return { root: button, refresh: () => button.setAttribute("aria-pressed", String(Boolean(desk.read("~flagged")))) };
}

// A required note is always open; another opens with the caret in it, and shut says whether there is something in it.
export function drawExtras(wanted, desk) {
  const note = noteAsks(wanted?.rationale, desk).map(ask => DRAWS.asks[ask.kind](ask, desk));
  const confidence = wanted?.confidence ? DRAWS.asks.scale(confidenceAsk(desk), desk) : null;
  const flag = wanted?.safety_flag ? flagButton(desk) : null;
  const required = Boolean(wanted?.rationale?.required);
  const drawer = el(
    "div",
    { class: "note-drawer", hidden: !(required || desk.item.noteOpen) },
    ...note.map(drawn => drawn.root),
  );
  const flip = () => (drawer.hidden ? enter() : close());
  const toggle =
    note.length && !required
      ? el(
          "button",
          {
            type: "button",
            class: "quiet note-toggle",
            "data-command": "n",
            "aria-expanded": String(!drawer.hidden),
            onclick: flip,
          },
          cap(),
          el("span", { text: desk.t("Note") }),
        )
      : null;
  function open(yes) {
    drawer.hidden = !yes;
    desk.item.noteOpen = yes;
    toggle?.setAttribute("aria-expanded", String(yes));
  }
  function enter() {
    open(true);
    note.at(-1).focus();
  }
  // What is hidden has neither the caret nor the focus.
  function close() {
    if (!toggle || drawer.hidden) return false;
    const held = drawer.contains(document.activeElement);
    open(false);
    if (held) desk.rest();
    desk.goTo(note.includes(desk.asks[desk.cursor]) ? desk.asks[0].ask : desk.asks[desk.cursor].ask);
    return true;
  }
  return {
    drawer,
    close,
    isOpen: () => Boolean(toggle) && !drawer.hidden,
    asks: [...note, ...(confidence ? [confidence] : [])],
    tools: [toggle, flag?.root].filter(Boolean),
    confidence: confidence?.root,
    refresh: () => {
      flag?.refresh();
      toggle?.toggleAttribute(
        "data-filled",
        note.some(drawn => drawn.answered()),
      );
    },
    reveal: () => {
      if (note.some(drawn => drawn.missing())) open(true);
    },
  };
}
