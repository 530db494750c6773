// The one table of keys. What is drawn declares the keys it wants; each key goes to one of them, is printed there,
// stands on the key sheet, and is looked up here when it is pressed: a printed key does what it says, and no other key
// does anything. A binding: { keys, words, act } and, where it has them, the `node` it belongs to, the `cap` it is
// printed on, the `ask` it answers, `focus` (only while that ask has the focus), `spare` keys for one that loses all it
// wanted, `takes` and `repeats`.
import { keyName } from "./dom.js";

const named = key => (key.length === 1 ? key.toUpperCase() : key);

// Whoever comes first has the key: what names an option, then digits of the question in focus, then the desk's own.
export function tableOf(bindings, inFocus) {
  const table = new Map();
  const give = (binding, keys) => {
    const free = keys.filter(key => !table.has(key));
    free.forEach(key => table.set(key, { ...binding, keys: free }));
    return free.length > 0;
  };
  const lost = bindings.filter(binding => !give(binding, binding.keys));
  lost
    .filter(({ ask, spare }) => spare && ask === inFocus)
    .forEach(binding => give(binding, binding.spare.filter(key => !table.has(key)).slice(0, 1)));
  return table;
}

const bindingsIn = table =>
  [...table].filter(([key, binding]) => binding.keys[0] === key).map(([, binding]) => binding);

// A key is printed only where it works now: caps without one keep their place, unseen.
export function printKeys(root, table) {
  root
    .querySelectorAll("[aria-keyshortcuts]:not([data-key])")
    .forEach(node => node.removeAttribute("aria-keyshortcuts"));
  root.querySelectorAll("kbd.cap").forEach(cap => cap.setAttribute("data-idle", ""));
  bindingsIn(table).forEach(({ keys, node, cap }) => {
    if (node)
      node.setAttribute(
        "aria-keyshortcuts",
        [node.getAttribute("aria-keyshortcuts"), ...keys.map(named)].filter(Boolean).join(" "),
      );
    if (!cap) return;
    cap.textContent = keyName(keys[0]);
    cap.removeAttribute("data-idle");
  });
}

// Rows of the key sheet: keys that mean the same stand together, digits in a row as "1–5".
export function sheetOf(table) {
  const rows = new Map();
  bindingsIn(table).forEach(({ keys, words }) => rows.set(words, [...(rows.get(words) ?? []), ...keys]));
  return [...rows].map(([words, keys]) => [inRuns(keys).map(keyName), words]);
}

function inRuns(keys) {
  const digits = keys.filter(key => /^[1-9]$/.test(key)).sort();
  const unbroken = digits.length > 2 && Number(digits.at(-1)) - Number(digits[0]) === digits.length - 1;
  return unbroken ? [`${digits[0]}–${digits.at(-1)}`, ...keys.filter(key => !digits.includes(key))] : keys;
}
