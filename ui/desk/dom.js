// Small helpers that build DOM directly; text only ever through textContent.
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value == null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name === "text") node.textContent = value;
    else if (name.startsWith("on")) node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter(child => child != null));
  return node;
}

export const kbd = key => (key ? el("kbd", { "aria-hidden": "true", text: keyName(key) }) : null);

// A key printed on a control: the table of keys writes it, and shows it while it works.
export const cap = () => el("kbd", { class: "cap", "aria-hidden": "true", "data-idle": true });

const KEY_NAMES = {
  Enter: "⏎",
  " ": "␣",
  Backspace: "⌫",
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  PageUp: "PgUp",
  PageDown: "PgDn",
  Escape: "Esc",
};
export const keyName = key => KEY_NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);

// crypto.randomUUID exists on https and localhost only; a workspace on a plain-http intranet needs this one.
export function uuid() {
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  const hex = Array.from(b, x => x.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export const isTextField = node =>
  node?.tagName === "TEXTAREA" ||
  node?.isContentEditable ||
  (node?.tagName === "INPUT" && !/^(checkbox|radio|range|button|submit|reset|file|color)$/.test(node.type));

// Tells `take` what somebody has written once it is written: nothing half composed by an input method. Says whether one
// is composing.
export function onWritten(field, take) {
  let composing = false;
  field.addEventListener("compositionstart", () => {
    composing = true;
  });
  field.addEventListener("compositionend", () => {
    composing = false;
    take(field.value);
  });
  field.addEventListener("input", event => {
    if (!composing && !event.isComposing) take(field.value);
  });
  return () => composing;
}
