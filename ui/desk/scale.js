// A number from low to high: up to 11 points are drawn, more become a number field with a slider.
import { readPath } from "./answer.js";
import { DRAWS } from "./registry.js";
import { el, onWritten } from "./dom.js";
import { choice, frame, keyed, mark, step } from "./asks.js";

const MOST_POINTS = 11;

function pointsOf({ low, high, step: by }) {
  const n = Math.round((high - low) / by) + 1;
  return n <= MOST_POINTS ? Array.from({ length: n }, (_, i) => Number((low + i * by).toFixed(6))) : [];
}

// A digit means the number itself where it can; ten is 0 (or - where 0 is a point of its own), halves count along.
function pointKeys(points) {
  if (points.every(p => Number.isInteger(p) && p >= 0 && p <= 10)) {
    return points.map(p => (p < 10 ? String(p) : points.includes(0) ? "-" : "0"));
  }
  return points.map((_, i) => (i < 9 ? String(i + 1) : i === 9 ? "0" : "-"));
}

const anchorOf = (ask, desk, point) => desk.loc(ask.anchors?.[String(point)] ?? ask.anchors?.[point.toFixed(1)]);

function ends(ask, desk) {
  const named = Object.keys(ask.anchors || {})
    .map(Number)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const wanted = named.length > 1 ? [named[0], named[named.length - 1]] : named;
  return wanted.map(point => `${point} ${anchorOf(ask, desk, point)}`).join("  ·  ");
}

function drawPoints(ask, desk, points, body) {
  const keys = pointKeys(points);
  const caption = el("div", { class: "anchor", "aria-live": "off" });
  const name = point => (point === null ? desk.t("Not applicable") : anchorOf(ask, desk, point));
  const say = point => {
    caption.textContent = point === undefined ? ends(ask, desk) : name(point) || ends(ask, desk);
  };
  const nameOf = point =>
    [point === null ? desk.t("n/a") : String(point), name(point)].filter(Boolean).join(desk.t(", "));
  const make = (point, key) => {
    const pick = () => {
      desk.write(ask.name, point);
      desk.goOn(ask);
    };
    const button = choice({
      label: point === null ? desk.t("n/a") : String(point),
      name: nameOf(point),
      title: name(point) || null,
      pick,
    });
    button.toggleAttribute("data-key-is-label", key === String(point));
    button.onpointerenter = () => say(point);
    button.onpointerleave = () => say(desk.read(ask.name));
    return button;
  };
  const values = ask.allow_na ? [...points, null] : points;
  const choices = values.map((point, i) => make(point, keys[i]));
  body.classList.add("points");
  body.append(...choices);
  return {
    caption,
    refresh: () => {
      mark(choices, c => values[choices.indexOf(c)] === desk.read(ask.name));
      say(desk.read(ask.name));
    },
    bindings: () => [
      ...keyed(choices.slice(0, points.length), i => keys[i]),
      ...(ask.allow_na ? [notApplicable(choices.at(-1))] : []),
    ],
    step: by => step(choices, by, node => desk.write(ask.name, values[choices.indexOf(node)])),
    focus: () => choices.find(c => c.tabIndex === 0)?.focus(),
  };
}

const notApplicable = node => ({ node, cap: node.querySelector("kbd"), keys: ["x"], focus: true, spare: ["-", "="] });

function drawNumber(ask, desk, body) {
  const limits = { min: ask.low, max: ask.high, step: ask.step };
  const number = el("input", { type: "number", inputmode: "decimal", ...limits, "aria-label": desk.loc(ask.label) });
  const slider = el("input", { type: "range", ...limits, tabindex: "-1", "aria-hidden": "true" });
  const caption = el("div", { class: "anchor", text: ends(ask, desk) });
  const na = ask.allow_na
    ? choice({
        label: desk.t("n/a"),
        title: desk.t("Not applicable"),
        pick: () => {
          desk.write(ask.name, null);
          desk.goOn(ask);
        },
      })
    : null;
  const take = value => desk.write(ask.name, value === "" ? undefined : Number(value));
  onWritten(number, take);
  const begin = digit => {
    number.focus();
    number.value = digit;
    take(digit);
  };
  slider.oninput = () => take(slider.value);
  body.classList.add("number");
  body.append(number, slider, ...(na ? [na] : []));
  return {
    caption,
    refresh: () => {
      const value = desk.read(ask.name);
      if (Number(number.value) !== value || number.value === "") number.value = value ?? "";
      slider.value = value ?? (ask.low + ask.high) / 2;
      slider.toggleAttribute("data-unset", value == null);
      if (na) mark([na], () => value === null);
    },
    bindings: () => [
      ...(na ? [notApplicable(na)] : []),
      ...[..."1234567890"].map(digit => ({ keys: [digit], focus: true, act: () => begin(digit) })),
    ],
    step: by => {
      take(
        Math.min(
          ask.high,
          Math.max(
            ask.low,
            (desk.read(ask.name) ?? (by > 0 ? ask.low - ask.step : ask.high + ask.step)) + by * ask.step,
          ),
        ),
      );
      return true;
    },
    focus: () => number.focus(),
  };
}

function outOfBounds(ask, value, desk) {
  if (typeof value !== "number") return "";
  const steps = (value - ask.low) / ask.step;
  if (value >= ask.low && value <= ask.high && Math.abs(steps - Math.round(steps)) < 1e-6) return "";
  return desk.t("Give a number from {low} to {high} in steps of {step}.", ask);
}

DRAWS.asks.scale = (ask, desk) => {
  const body = el("div");
  const points = pointsOf(ask);
  const inner = points.length ? drawPoints(ask, desk, points, body) : drawNumber(ask, desk, body);
  const drawn = frame(ask, desk, { role: points.length ? "radiogroup" : "group", body });
  body.after(inner.caption);
  const value = () => desk.read(ask.name);
  const reach = { keys: [ask.key].filter(Boolean), node: drawn.label, cap: drawn.label.querySelector("kbd") };
  return {
    ...drawn,
    ...inner,
    ask,
    bindings: () => [...(ask.key ? [reach] : []), ...inner.bindings()],
    answered: () => value() !== undefined,
    missing: () =>
      value() === undefined
        ? ask.required
          ? desk.t("Choose a point on the scale.")
          : ""
        : outOfBounds(ask, value(), desk),
  };
};

DRAWS.words.scale = (ask, said, desk) => {
  const value = readPath(said, ask.name);
  if (typeof value !== "number") return value === null ? desk.t("Not applicable") : "";
  return [String(value), anchorOf(ask, desk, value)].filter(Boolean).join(" · ");
};
