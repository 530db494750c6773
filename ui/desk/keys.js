// The keyboard: works wherever focus is, except plain characters in text fields; never while composing, never twice for
// a held key.
import { isTextField } from "./dom.js";
import { printKeys, sheetOf, tableOf } from "./table.js";

const MOVES = [" ", "Enter", "Tab", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"];
const SCROLLS = [" ", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End"];

// With a Chinese input method, full-width signs arrive; with another layout, other letters: both mean the key pressed.
function plainKey(event) {
  if (event.key.length !== 1) return event.key;
  const key = event.key.normalize("NFKC").toLowerCase();
  if (/[ -~]/.test(key)) return key;
  return /^(Key|Digit)(.)$/.exec(event.code)?.[2].toLowerCase() ?? key;
}

const composing = event => event.isComposing || event.keyCode === 229;
const modified = event => event.ctrlKey || event.metaKey || event.altKey;
export const isControl = node =>
  node?.closest?.("button, a[href], select, summary, [role=button], [role=tab], [role=menuitem], [role=option], input");
const foreignDialog = desk =>
  [...document.querySelectorAll('[role="dialog"]')].some(d => !desk.root.contains(d) && d.offsetParent);
// A text in focus scrolls as everywhere else.
const scrolls = (node, key) =>
  SCROLLS.includes(key) && Boolean(node.closest?.(".pane-body, .answers, .guidelines-body")) && !isControl(node);

function mayAct(event, desk) {
  const target = event.composedPath()[0];
  if (desk.root.contains(target)) return !desk.isHeld();
  if (desk.mode === "preview" || isTextField(target) || foreignDialog(desk)) return false;
  const onForeign = isControl(target) && target !== document.body;
  return !desk.isHeld() && !(onForeign && MOVES.includes(event.key));
}

function take(event) {
  event.preventDefault();
  event.stopPropagation();
}

const usually = (event, target) => !modified(event) && !isTextField(target);

export function onKeydown(event, desk) {
  if (composing(event) || !mayAct(event, desk)) return;
  const target = event.composedPath()[0];
  const key = plainKey(event);
  if (desk.panels.isNative(key, target) || scrolls(target, key)) return;
  if (desk.panels.key(event, key, target)) return void take(event);
  const binding = desk.table().get(key);
  if (!binding) return void (desk.item && !desk.ready() && usually(event, target) && key.length === 1 && take(event));
  if (!(binding.takes ?? usually)(event, target)) return;
  if (event.repeat && !binding.repeats) return take(event);
  if (binding.act(event, target) !== false) take(event);
}

// The desk's own part in the table; methods of the desk.
export const keying = {
  // Hidden parts want no keys. The header's commands answer nothing: they work where a small window leaves them out,
  // too.
  commandBindings() {
    const isShown = node => (node.closest(".strip") ? !node.closest("[hidden]") : node.checkVisibility());
    return [...this.root.querySelectorAll("[data-command]")].filter(isShown).map(node => ({
      keys: [node.dataset.command],
      node,
      cap: node.querySelector("kbd"),
      words: this.wordsOf(node.dataset.command) || node.title || node.querySelector("span").textContent,
      act: () => this.pressed(node),
    }));
  },

  // Where the key sheet says more than the control.
  wordsOf(key) {
    const { t } = this;
    return {
      m: t("Formatted or plain text"),
      s: t("Skip or report"),
      u: t("Undo last answer"),
      "?": t("This list"),
    }[key];
  },

  pressed(node) {
    if (node.disabled) this.whyNot?.(node);
    else node.click();
  },

  bindings(at) {
    const drawn = this.asks.filter(one => this.isVisible(one));
    const ofAsk = one =>
      one
        .bindings()
        .filter(({ node }) => !node || node.checkVisibility())
        .map(binding => ({ words: one.words(), act: () => this.pressed(binding.node), ...binding, ask: one }));
    const wanted = drawn.flatMap(ofAsk);
    const digits = wanted.filter(binding => binding.focus && binding.ask === this.asks[at]);
    return [...wanted.filter(binding => !binding.focus), ...digits, ...this.commandBindings(), ...this.moves()];
  },

  table(at = this.cursor) {
    return tableOf(this.bindings(at), this.asks[at]);
  },

  printKeys() {
    printKeys(this.root, this.table());
  },

  // Every question's keys as they are while it has the focus, then all others.
  keySheet() {
    const ofAsk = (one, at) => new Map([...this.table(at)].filter(([, binding]) => binding.ask === one));
    const questions = this.asks.flatMap((one, at) => (this.isVisible(one) ? sheetOf(ofAsk(one, at)) : []));
    return [...questions, ...sheetOf(new Map([...this.table()].filter(([, binding]) => !binding.ask)))];
  },
};
