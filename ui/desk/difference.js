// What changed from one text to another, by words, in Chinese by characters: the shortest script of insertions and deletions.
import { el } from "./dom.js";

const TOKENS = /\p{Script=Han}|[\p{L}\p{N}]+(?:['’\-][\p{L}\p{N}]+)*|\s+|[^]/gu;
const MOST_EDITS = 800;
const LEAST_SHARED = 0.35;

export const tokensOf = text => text.match(TOKENS) ?? [];

// Myers' greedy search: furthest[k] is how far one gets on diagonal k with d edits; the trace leads back. Null: too far apart.
function trace(a, b) {
  const most = Math.min(a.length + b.length, MOST_EDITS);
  let furthest = new Map([[1, 0]]);
  const steps = [];
  for (let d = 0; d <= most; d++) {
    steps.push(new Map(furthest));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && furthest.get(k - 1) < furthest.get(k + 1));
      let x = down ? furthest.get(k + 1) : furthest.get(k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      furthest.set(k, x);
      if (x >= a.length && x - k >= b.length) return steps;
    }
  }
  return null;
}

function backtrack(a, b, steps) {
  const ops = [];
  let [x, y] = [a.length, b.length];
  for (let d = steps.length - 1; d >= 0; d--) {
    const furthest = steps[d];
    const k = x - y;
    const down = k === -d || (k !== d && furthest.get(k - 1) < furthest.get(k + 1));
    const fromX = down ? furthest.get(k + 1) : furthest.get(k - 1);
    const fromY = fromX - (down ? k + 1 : k - 1);
    while (x > fromX && y > fromY) { ops.push(["same", a[--x]]); y--; }
    if (d > 0) ops.push(down ? ["added", b[--y]] : ["removed", a[--x]]);
  }
  return ops.reverse();
}

const joined = ops => ops.reduce((runs, [kind, text]) => {
  const last = runs.at(-1);
  if (last?.[0] === kind) last[1] += text;
  else runs.push([kind, text]);
  return runs;
}, []);

// [kind, text] in turn, kind same, added or removed; null where the texts share too little for marks to help.
export function difference(before, after) {
  const [a, b] = [tokensOf(before), tokensOf(after)];
  const steps = trace(a, b);
  if (!steps) return null;
  const ops = backtrack(a, b, steps);
  const shared = ops.filter(([kind, text]) => kind === "same" && text.trim()).length;
  const worth = Math.max(1, Math.min(a.filter(x => x.trim()).length, b.filter(x => x.trim()).length));
  return shared / worth >= LEAST_SHARED ? joined(ops) : null;
}

const TAGS = { added: "ins", removed: "del", same: "span" };

// Null where there is nothing to mark: the caller shows the text as it is.
export function drawDifference(before, after) {
  const runs = before && after && before !== after ? difference(before, after) : null;
  return runs && el("div", { class: "text raw difference", dir: "auto" }, ...runs.map(([kind, text]) => el(TAGS[kind], { text })));
}
