// A text of one's own, counted in characters as the server counts: code points.
import { readPath } from "./answer.js";
import { drawDifference } from "./difference.js";
import { DRAWS } from "./registry.js";
import { cap, el, kbd, onWritten } from "./dom.js";
import { frame } from "./asks.js";
import { charactersOf, codePoints } from "./text.js";

function lengthWords(n, ask, desk) {
  if (n < ask.at_least && (ask.required || n))
    return desk.t("{n} of at least {least} characters", { n, least: ask.at_least });
  return ask.at_most ? desk.t("{n} of {most} characters", { n, most: ask.at_most }) : charactersOf(n, desk.t);
}

DRAWS.asks.write = (ask, desk) => {
  const field = el("textarea", {
    class: "write-field",
    rows: ask.compact ? 2 : 6,
    dir: "auto",
    "aria-label": desk.loc(ask.label),
    spellcheck: "true",
  });
  if (desk.item?.screen.lang && !ask.compact) field.lang = desk.item.screen.lang;
  const counter = el("span", { class: "counter" });
  const key = ask.key === null ? null : cap(); // null: another control leads here
  const body = el(
    "div",
    { class: "write" },
    field,
    el(
      "div",
      { class: "write-foot" },
      el(
        "span",
        { class: "hint" },
        key,
        key ? el("span", { text: desk.t("write") }) : null,
        kbd("Esc"),
        el("span", { text: desk.t("leave the field") }),
      ),
      counter,
    ),
  );
  const drawn = frame(ask, desk, { role: "group", body });
  const text = () => desk.read(ask.name) ?? "";
  // An untouched starting text is an answer only once somebody has looked at it: writing begins with it.
  if (ask.start && desk.read(ask.name) === undefined) desk.write(ask.name, ask.start, { quiet: true });
  const isComposing = onWritten(field, value => desk.write(ask.name, value === "" ? undefined : value));
  const missing = () => {
    const n = codePoints(text());
    if (n === 0 && ask.required) return desk.t("Write something.");
    if (n && n < ask.at_least)
      return desk.t("Write at least {least} characters; so far: {n}.", { n, least: ask.at_least });
    if (ask.at_most && n > ask.at_most)
      return desk.t("At most {most} characters; so far: {n}.", { n, most: ask.at_most });
    return "";
  };
  return {
    ...drawn,
    ask,
    refresh: () => {
      if (field.value !== text() && !isComposing()) field.value = text();
      const n = codePoints(text());
      counter.textContent = lengthWords(n, ask, desk);
      counter.toggleAttribute("data-over", Boolean(ask.at_most && n > ask.at_most));
    },
    bindings: () => (key ? [{ keys: [ask.key ?? "w"], node: field, cap: key, act: () => field.focus() }] : []),
    step: () => false,
    answered: () => text() !== "" && missing() === "",
    missing,
    focus: () => field.focus(),
  };
};

DRAWS.words.write = (ask, said) => readPath(said, ask.name) ?? "";
DRAWS.compare.write = (ask, said, base) =>
  drawDifference(readPath(base, ask.name) ?? "", readPath(said, ask.name) ?? "");
