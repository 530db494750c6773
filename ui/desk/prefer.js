// Which candidate is better and how strongly: one row from A to B, so that one digit says both; letters choose, again for stronger.
import { readPath } from "./answer.js";
import { DRAWS } from "./registry.js";
import { el } from "./dom.js";
import { choice, frame, mark, optionKey, step } from "./asks.js";
import { letterAt } from "./shows.js";
import { N_ } from "./strings.js";

const USUAL = { 2: [N_("Slightly better"), N_("Much better")], 3: [N_("Slightly better"), N_("Better"), N_("Much better")] };

const strengthName = (ask, desk, level) => {
  const own = ask.strengths?.[level - 1];
  return own ? desk.loc(own) : USUAL[ask.levels] ? desk.t(USUAL[ask.levels][level - 1]) : desk.t("Strength {n}", { n: level });
};

const letterOf = (ask, desk, id) => letterAt(desk.letters.indexOf(id) >= 0 ? desk.letters.indexOf(id) : ask.candidates.indexOf(id));

const strengthPath = name => name.split(".").slice(0, -1).concat("strength").join(".");

// Two candidates lie on one line, strongest at the ends; more candidates are chosen first and strengthened by their letter.
function pointsOf(ask) {
  const levels = Array.from({ length: ask.levels }, (_, i) => i + 1);
  if (ask.candidates.length !== 2) return ask.candidates.map(id => ({ id, level: 1 }));
  const [a, b] = ask.candidates;
  const tie = ask.tie ? [{ id: "tie" }] : [];
  return [...levels.toReversed().map(level => ({ id: a, level })), ...tie, ...levels.map(level => ({ id: b, level }))];
}

function allPoints(ask) {
  const points = pointsOf(ask);
  if (ask.tie && ask.candidates.length !== 2) points.push({ id: "tie" });
  if (ask.both_bad) points.push({ id: "both_bad" });
  return points;
}

function wordsFor(point, ask, desk) {
  if (point.id === "tie") return desk.t("About equal");
  if (point.id === "both_bad") return ask.candidates.length === 2 ? desk.t("Both bad") : desk.t("All bad");
  const letter = letterOf(ask, desk, point.id);
  if (ask.levels === 1) return desk.t("{letter} is better", { letter });
  return desk.t("{letter}: {strength}", { letter, strength: strengthName(ask, desk, point.level) });
}

function drawPoint(point, ask, desk, key, pick) {
  const words = wordsFor(point, ask, desk);
  const sided = point.level !== undefined;
  const index = desk.letters.indexOf(point.id);
  const label = sided ? letterOf(ask, desk, point.id) : words;
  const small = sided && ask.levels > 1 ? strengthName(ask, desk, point.level) : null;
  const button = choice({ label: sided && ask.levels === 1 ? words : label, key, small, pick, hue: sided ? index % 6 : null });
  button.setAttribute("aria-label", words);
  button.title = words;
  button.dataset.point = sided ? `${letterOf(ask, desk, point.id)}${point.level}` : point.id;
  if (sided) button.style.setProperty("--strength", point.level / ask.levels);
  return button;
}

function keysFor(points) {
  let digits = 0;
  return points.map(point => (point.id === "tie" ? "t" : point.id === "both_bad" ? "x" : optionKey(digits++)));
}

DRAWS.asks.prefer = (ask, desk) => {
  const points = allPoints(ask);
  const keys = keysFor(points);
  const strength = strengthPath(ask.name);
  const pick = point => {
    desk.write(strength, ask.levels > 1 && point.level ? point.level : undefined, { quiet: true });
    desk.write(ask.name, point.id);
  };
  const isChosen = point => desk.read(ask.name) === point.id && (!point.level || ask.candidates.length !== 2 || ask.levels === 1 || desk.read(strength) === point.level);
  const choices = points.map((point, i) => drawPoint(point, ask, desk, keys[i], () => pick(point)));
  const caption = el("div", { class: "anchor chosen-words", "aria-hidden": "true" });
  const body = el("div", { class: "prefer", "data-levels": ask.levels }, ...choices);
  body.style.setProperty("--levels", ask.levels);
  const drawn = frame(ask, desk, { role: "radiogroup", body });
  body.after(caption);
  const byLetter = key => {
    const index = ask.candidates.findIndex(id => letterOf(ask, desk, id).toLowerCase() === key);
    if (index < 0) return false;
    const id = ask.candidates[index];
    const level = desk.read(ask.name) === id ? Math.min(ask.levels, (desk.read(strength) || 1) + 1) : 1;
    pick({ id, level });
    return ask.levels > 1 ? "stay" : "done";
  };
  const byKey = key => {
    const i = keys.indexOf(key === "=" ? "t" : key);
    return i >= 0 && (pick(points[i]), "done");
  };
  const say = () => {
    const id = desk.read(ask.name);
    caption.textContent = id === undefined ? "" : wordsFor({ id, level: ask.candidates.includes(id) ? desk.read(strength) || 1 : undefined }, ask, desk);
  };
  return {
    ...drawn, ask,
    refresh: () => { mark(choices, c => isChosen(points[choices.indexOf(c)])); say(); },
    key: key => byLetter(key) || byKey(key),
    step: by => step(choices, by, true),
    answered: () => desk.read(ask.name) !== undefined,
    missing: () => (ask.required && desk.read(ask.name) === undefined ? desk.t("Choose a response, or say that they are equal.") : ""),
    focus: () => choices.find(c => c.tabIndex === 0)?.focus(),
    verdict: id => (desk.read(ask.name) === id ? "✓" : ""),
    help: () => [[...ask.candidates.map(id => letterOf(ask, desk, id)), "1–" + keys.filter(k => /\d/.test(k)).length, ...(ask.tie ? ["T"] : []), ...(ask.both_bad ? ["X"] : [])],
      ask.levels > 1 ? desk.t("{ask} — letter again for stronger, digit for side and strength", { ask: desk.loc(ask.label) }) : desk.loc(ask.label)],
  };
};

DRAWS.words.prefer = (ask, said, desk) => {
  const id = readPath(said, ask.name);
  if (id === undefined) return "";
  return wordsFor({ id, level: ask.candidates.includes(id) ? readPath(said, strengthPath(ask.name)) || 1 : undefined }, ask, desk);
};
