// The keyboard: works wherever focus is, except plain characters in text fields; never while composing, never twice for a held key.
import { isTextField } from "./dom.js";

const SCROLL = { PageDown: 0.85, PageUp: -0.85 };

// With a Chinese input method, full-width signs arrive; with another layout, other letters: both mean the key pressed.
function plainKey(event) {
  if (event.key.length !== 1) return event.key;
  const key = event.key.normalize("NFKC").toLowerCase();
  if (/[ -~]/.test(key)) return key;
  return /^(Key|Digit)(.)$/.exec(event.code)?.[2].toLowerCase() ?? key;
}

const composing = event => event.isComposing || event.keyCode === 229;
const isControl = node => node?.closest?.("button, a[href], select, summary, [role=button], [role=tab], [role=menuitem], [role=option], input");
const foreignDialog = desk => [...document.querySelectorAll('[role="dialog"]')].some(d => !desk.root.contains(d) && d.offsetParent);

function mayAct(event, desk) {
  const target = event.composedPath()[0];
  if (desk.root.contains(target)) return true;
  if (desk.mode === "preview" || isTextField(target) || foreignDialog(desk)) return false;
  const onForeign = isControl(target) && target !== document.body;
  return !(onForeign && [" ", "Enter", "Tab", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"].includes(event.key));
}

function take(event) {
  event.preventDefault();
  event.stopPropagation();
  return true;
}

function submitKey(event, key, desk, target) {
  if (key !== "Enter") return false;
  const anywhere = event.ctrlKey || event.metaKey;
  if (!anywhere && (isTextField(target) || event.altKey)) return false;
  if (!anywhere && isControl(target) && !target.closest(".choice")) return false;
  take(event);
  if (!event.repeat) desk.submit();
  return true;
}

function moveKey(event, key, desk, target) {
  const several = desk.asks.length > 1;
  const atRest = target === document.body || target === desk.root || !desk.root.contains(target);
  if (key === "Tab" && atRest && !event.altKey) return take(event), desk.enter(event.shiftKey ? -1 : 1), true;
  if (key === "j" || (key === "ArrowDown" && several)) return take(event), desk.moveCursor(1), true;
  if (key === "k" || (key === "ArrowUp" && several)) return take(event), desk.moveCursor(-1), true;
  if (key === "ArrowLeft" || key === "ArrowRight") return desk.stepActive(key === "ArrowRight" ? 1 : -1) && take(event);
  if (SCROLL[key]) return take(event), desk.scroll(SCROLL[key]), true;
  if (key === "ArrowDown" || key === "ArrowUp") return take(event), desk.scroll(key === "ArrowDown" ? 0.12 : -0.12), true;
  if (key === " " && !isControl(target)) return take(event), desk.scroll(event.shiftKey ? -0.85 : 0.85), true;
  return false;
}

export function onKeydown(event, desk) {
  if (composing(event) || !mayAct(event, desk)) return;
  const target = event.composedPath()[0];
  const key = plainKey(event);
  if (desk.panels.isNative(key, target)) return;
  if (desk.panels.key(event, key, target)) return void take(event);
  if (submitKey(event, key, desk, target)) return;
  if (key === "Escape" && desk.leave(target)) return void take(event);
  if (isTextField(target) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (moveKey(event, key, desk, target)) return;
  if (event.repeat) return void (desk.wants(key) && take(event));
  if (desk.press(key) || desk.command(key)) take(event);
}
