// Streamlit covers the page with a window when its server is away. The desk says so itself and work goes on: that window is
// closed at once, the caret goes back to where it was, and keys pressed in between go there too.
import { isTextField } from "./dom.js";

const TITLE = "Connection error";
const LONGEST_MS = 2000;

const isWindow = node => [...(node?.querySelectorAll?.('[role="dialog"] [slot="title"]') ?? [])].some(title => title.textContent === TITLE);

export function undisturbed(root) {
  let held = null; // the field that has the caret, or had it when the window came
  let strayed = "";
  let returning = false;

  const note = () => {
    const field = document.activeElement;
    if (!returning && root.contains(field)) held = isTextField(field) ? { field, start: field.selectionStart, end: field.selectionEnd } : null;
  };
  const giveBack = () => {
    returning = false;
    if (!held?.field.isConnected) return;
    const { field, start, end } = held;
    if (document.activeElement !== field) {
      field.focus({ preventScroll: true });
      if (start != null) field.setSelectionRange(start, end);
    }
    if (strayed) document.execCommand("insertText", false, strayed); // as if typed: the field says so to whoever listens
    strayed = "";
  };
  const close = node => {
    if (!isWindow(node)) return;
    returning = true;
    node.style.display = "none";
    node.querySelector('[role="dialog"] > button')?.click();
    const until = performance.now() + LONGEST_MS;
    const look = () => (node.isConnected && performance.now() < until ? requestAnimationFrame(look) : giveBack());
    look();
  };
  const isAstray = event => held && !root.contains(event.target) && (returning || isWindow(event.target.closest?.('[data-testid="stDialog"]')));
  // A key may go down in the field and its letter arrive in the window: letters are caught as letters.
  const letter = event => {
    if (!isAstray(event) || event.key.length !== 1 || event.ctrlKey || event.metaKey) return;
    strayed += event.key;
    event.preventDefault();
  };
  const hush = event => { if (isAstray(event)) event.stopImmediatePropagation(); };

  const watch = new MutationObserver(changes => changes.forEach(change => change.addedNodes.forEach(close)));
  watch.observe(document.body, { childList: true });
  root.addEventListener("focusin", note);
  document.addEventListener("selectionchange", note);
  window.addEventListener("keydown", hush, true);
  window.addEventListener("keypress", letter, true);
  return () => {
    watch.disconnect();
    root.removeEventListener("focusin", note);
    document.removeEventListener("selectionchange", note);
    window.removeEventListener("keydown", hush, true);
    window.removeEventListener("keypress", letter, true);
  };
}
