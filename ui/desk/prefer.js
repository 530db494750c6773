// Which candidate is better and how strongly: one row from A to B, so that one digit says both; a letter chooses, again
// for stronger.
import { readPath } from "./answer.js";
import { DRAWS } from "./registry.js";
import { cap, el } from "./dom.js";
import { choice, frame, mark, step } from "./asks.js";
import { letterAt } from "./shows.js";
import { N_ } from "./strings.js";

const USUAL = {
  2: [N_("Slightly better"), N_("Much better")],
  3: [N_("Slightly better"), N_("Better"), N_("Much better")],
};

const strengthName = (ask, desk, level) => {
  const own = ask.strengths?.[level - 1];
  return own
    ? desk.loc(own)
    : USUAL[ask.levels]
      ? desk.t(USUAL[ask.levels][level - 1])
      : desk.t("Strength {n}", { n: level });
};

const letterOf = (ask, desk, id) =>
  letterAt(desk.letters.indexOf(id) >= 0 ? desk.letters.indexOf(id) : ask.candidates.indexOf(id));

const strengthPath = name => name.split(".").slice(0, -1).concat("strength").join(".");

// Two candidates lie on one line, strongest at the ends; more candidates are chosen first and strengthened by their
// letter.
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

function drawPoint(point, ask, desk, pick) {
  const words = wordsFor(point, ask, desk);
  const sided = point.level !== undefined;
  const index = desk.letters.indexOf(point.id);
  const label = sided ? letterOf(ask, desk, point.id) : words;
  const small = sided && ask.levels > 1 ? strengthName(ask, desk, point.level) : null;
  const button = choice({
    label: sided && ask.levels === 1 ? words : label,
    name: words,
    title: words,
    small,
    pick,
    hue: sided ? index % 6 : null,
  });
  button.dataset.point = sided ? `${letterOf(ask, desk, point.id)}${point.level}` : point.id;
  if (sided) button.style.setProperty("--strength", point.level / ask.levels);
  if (sided && ask.levels > 1) button.append(cap());
  return button;
}

const DIGITS = [..."1234567890-="];
const OWN = { tie: ["t", "="], both_bad: ["x"] };

// A letter stands on the point it chooses next. Where strength is asked digits say side and strength at once; where a
// question further up has the letters, digits say everything.
function bindingsFor(points, choices, ask, desk, levelNext) {
  const sides = points.filter(point => point.level);
  const inTurn = [...sides, ...points.filter(point => !point.level)];
  const oneRow = ask.candidates.length === 2 && ask.levels > 1;
  return points.flatMap((point, i) => {
    const node = choices[i];
    const [first, second] = node.querySelectorAll("kbd");
    const digit = DIGITS[inTurn.indexOf(point)];
    const spare = [digit, ...DIGITS].filter(Boolean);
    if (!point.level) return [{ node, cap: first, keys: OWN[point.id], spare }];
    const letter = { node, cap: oneRow ? second : first, keys: [letterOf(ask, desk, point.id).toLowerCase()] };
    if (!oneRow) return [{ ...letter, spare }];
    return [{ node, cap: first, keys: [digit], focus: true }, ...(levelNext(point.id) === point.level ? [letter] : [])];
  });
}

DRAWS.asks.prefer = (ask, desk) => {
  const points = allPoints(ask);
  const strength = strengthPath(ask.name);
  const levelOf = id => (desk.read(ask.name) === id ? desk.read(strength) || 1 : 0);
  const growing = ask.levels > 1 && ask.candidates.length !== 2;
  const levelNext = id => Math.min(ask.levels, levelOf(id) + 1);
  const write = ({ id, level }) => {
    desk.write(strength, ask.levels > 1 && level ? level : undefined, { quiet: true });
    desk.write(ask.name, id);
  };
  // Of more than two, choosing one again says that it is better still.
  const pick = point => {
    if (!desk.ready()) return;
    write(point.level && ask.candidates.length !== 2 ? { id: point.id, level: levelNext(point.id) } : point);
    desk.goOn(ask);
  };
  const isChosen = point =>
    desk.read(ask.name) === point.id &&
    (!point.level || ask.candidates.length !== 2 || ask.levels === 1 || desk.read(strength) === point.level);
  const choices = points.map(point => drawPoint(point, ask, desk, () => pick(point)));
  const body = el("div", { class: "prefer", "data-levels": ask.levels }, ...choices);
  body.style.setProperty("--levels", ask.levels);
  const drawn = frame(ask, desk, { role: "radiogroup", body });
  const sayStrength = ({ id }, node) => {
    const words = wordsFor({ id, level: levelOf(id) || 1 }, ask, desk);
    node.querySelector("small").textContent = strengthName(ask, desk, levelOf(id) || 1);
    node.title = words;
    node.setAttribute("aria-label", words);
  };
  return {
    ...drawn,
    ask,
    refresh: () => {
      mark(choices, c => isChosen(points[choices.indexOf(c)]));
      if (growing) points.forEach((point, i) => point.level && sayStrength(point, choices[i]));
    },
    bindings: () => bindingsFor(points, choices, ask, desk, levelNext),
    step: by => step(choices, by, node => write(points[choices.indexOf(node)])),
    answered: () => desk.read(ask.name) !== undefined,
    missing: () =>
      ask.required && desk.read(ask.name) === undefined ? desk.t("Choose a response, or say that they are equal.") : "",
    focus: () => choices.find(c => c.tabIndex === 0)?.focus(),
    verdict: id => (desk.read(ask.name) === id ? "✓" : ""),
    words: () =>
      ask.levels > 1
        ? desk.t("{ask} — letter again for stronger, digit for side and strength", { ask: desk.loc(ask.label) })
        : desk.loc(ask.label),
  };
};

DRAWS.words.prefer = (ask, said, desk) => {
  const id = readPath(said, ask.name);
  if (id === undefined) return "";
  return wordsFor(
    { id, level: ask.candidates.includes(id) ? readPath(said, strengthPath(ask.name)) || 1 : undefined },
    ask,
    desk,
  );
};
