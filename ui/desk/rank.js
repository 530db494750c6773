// Best to worst: letters place the candidates in turn, "=" ties the last one with the one before, arrows move it.
import { readPath } from "./answer.js";
import { DRAWS } from "./registry.js";
import { cap, el } from "./dom.js";
import { frame } from "./asks.js";
import { letterAt } from "./shows.js";
import { N_ } from "./strings.js";

const ranksToTiers = ranks => {
  const tiers = [];
  Object.entries(ranks || {})
    .sort((a, b) => a[1] - b[1])
    .forEach(([id, rank], i, all) => {
      if (i && all[i - 1][1] === rank) tiers[tiers.length - 1].push(id);
      else tiers.push([id]);
    });
  return tiers;
};

const tiersToRanks = tiers => {
  const placed = tiers.filter(tier => tier.length);
  return placed.length ? Object.fromEntries(placed.flatMap((tier, i) => tier.map(id => [id, i + 1]))) : undefined;
};

DRAWS.asks.rank = (ask, desk) => {
  const letterOf = id => letterAt(desk.letters.indexOf(id));
  const tiers = () => ranksToTiers(desk.read(ask.name));
  const save = next => desk.write(ask.name, tiersToRanks(next));
  let last = null; // the candidate that "=" and the arrows move

  const without = id =>
    tiers()
      .map(tier => tier.filter(other => other !== id))
      .filter(tier => tier.length);
  const complete = () => tiers().flat().length === ask.candidates.length;
  const toggle = id => {
    if (!desk.ready()) return;
    const placed = tiers().some(tier => tier.includes(id));
    last = placed ? null : id;
    save(placed ? without(id) : [...tiers(), [id]]);
    desk.goOn(ask, complete());
  };
  const lastPlaced = () => (last && tiers().some(tier => tier.includes(last)) ? last : tiers().at(-1)?.at(-1));
  const tie = () => {
    const id = lastPlaced();
    const at = tiers().findIndex(tier => tier.includes(id));
    if (!ask.ties || at < 0) return;
    const next = tiers();
    if (next[at].length > 1)
      next.splice(
        at,
        1,
        next[at].filter(other => other !== id),
        [id],
      );
    else if (at > 0) next.splice(at - 1, 2, [...next[at - 1], id]);
    last = id;
    save(next);
    desk.stay(ask);
  };
  const move = by => {
    const id = lastPlaced();
    if (!id) return;
    const at = tiers().findIndex(tier => tier.includes(id));
    const alone = tiers()[at].length === 1;
    const next = without(id);
    const to = Math.max(0, Math.min(next.length, alone ? at + by : by < 0 ? at : at + 1));
    next.splice(to, 0, [id]);
    last = id;
    save(next);
  };
  const back = () => {
    const id = lastPlaced();
    last = null;
    if (id) save(without(id));
  };

  const chip = (id, rank) => {
    const letter = letterOf(id);
    const words =
      rank === null
        ? desk.t("Place {letter} next", { letter })
        : desk.t("{letter}, rank {n}. Remove", { letter, n: rank });
    return el(
      "button",
      {
        type: "button",
        class: "choice rank-chip",
        "aria-pressed": String(rank !== null),
        "data-hue": desk.letters.indexOf(id) % 6,
        "data-id": id,
        "aria-label": words,
        onclick: () => toggle(id),
      },
      cap(),
      el("span", { class: "choice-label", text: letter }),
    );
  };
  const pool = el("div", { class: "rank-pool" });
  const track = el("div", { class: "rank-track" });
  const tieButton = ask.ties
    ? el(
        "button",
        { type: "button", class: "quiet", onclick: tie },
        cap(),
        el("span", { text: desk.t("Tie with the one before") }),
      )
    : null;
  const body = el("div", { class: "rank" }, pool, track, tieButton || "");
  const drawn = frame(ask, desk, { role: "group", body });

  const refresh = () => {
    const held = body.contains(document.activeElement) ? document.activeElement.dataset.id : null;
    const now = tiers();
    const placed = new Set(now.flat());
    pool.replaceChildren(...ask.candidates.filter(id => !placed.has(id)).map(id => chip(id, null)));
    const slots = now.map((tier, i) =>
      el(
        "div",
        { class: "rank-slot" },
        el("span", { class: "rank-number", text: String(i + 1) }),
        ...tier.map(id => chip(id, i + 1)),
      ),
    );
    const empty = ask.candidates.length - placed.size;
    for (let i = 0; i < empty; i++)
      slots.push(
        el("div", { class: "rank-slot empty" }, el("span", { class: "rank-number", text: String(now.length + i + 1) })),
      );
    track.replaceChildren(...slots);
    if (held) body.querySelector(`[data-id="${CSS.escape(held)}"]`)?.focus();
    if (tieButton) tieButton.disabled = placed.size < 2;
  };
  return {
    ...drawn,
    ask,
    refresh,
    bindings: () => [
      ...[...body.querySelectorAll(".rank-chip")].map(node => ({
        node,
        cap: node.querySelector("kbd"),
        keys: [letterOf(node.dataset.id).toLowerCase()],
      })),
      ...(tieButton ? [{ node: tieButton, cap: tieButton.querySelector("kbd"), keys: ["=", "t"] }] : []),
      { keys: ["Backspace"], focus: true, act: back },
    ],
    step: by => {
      move(by);
      return true;
    },
    answered: complete,
    missing: () => (complete() ? "" : desk.t("Rank every response exactly once.")),
    focus: () => body.querySelector(".rank-chip")?.focus(),
    verdict: id => {
      const rank = desk.read(ask.name)?.[id];
      return rank ? `#${rank}` : "";
    },
    words: () =>
      desk.t("{ask} — letters from best to worst, = ties, arrows move, ⌫ undoes", { ask: desk.loc(ask.label) }),
  };
};

const letterIn = (id, desk) => letterAt(desk.letters.indexOf(id));

DRAWS.words.rank = (ask, said, desk) =>
  ranksToTiers(readPath(said, ask.name))
    .map(tier =>
      tier
        .map(id => letterIn(id, desk))
        .sort()
        .join(" = "),
    )
    .join(" > ");

// Against another ranking each candidate says how far it has moved.
DRAWS.compare.rank = (ask, said, base, desk) => {
  const [ranks, before] = [readPath(said, ask.name) ?? {}, readPath(base, ask.name) ?? {}];
  const chip = id => {
    const up = (before[id] ?? ranks[id]) - ranks[id];
    const words = up && desk.t(up > 0 ? N_("{n} higher") : N_("{n} lower"), { n: Math.abs(up) });
    return el(
      "span",
      { class: "moved", "data-moved": Boolean(up), title: words || null },
      el("b", { text: letterIn(id, desk) }),
      up ? el("small", { text: `${up > 0 ? "↑" : "↓"}${Math.abs(up)}` }) : null,
    );
  };
  const tiers = ranksToTiers(ranks).map(tier => tier.flatMap((id, i) => [i ? " = " : "", chip(id)]));
  return el("span", {}, ...tiers.flatMap((tier, i) => [i ? " > " : "", ...tier]).filter(Boolean));
};
