// Untrusted text: shown as text, with what the eye cannot see made visible, and measured in words or characters.
import { el } from "./dom.js";
import { counted, N_ } from "./strings.js";

const NAMES = {
  0x061c: "ALM", 0x200b: "ZWSP", 0x200c: "ZWNJ", 0x200d: "ZWJ", 0x200e: "LRM", 0x200f: "RLM", 0x202a: "LRE", 0x202b: "RLE", 0x202c: "PDF",
  0x202d: "LRO", 0x202e: "RLO", 0x2060: "WJ", 0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI", 0xfeff: "BOM", 0x00ad: "SHY",
};
// Joiners are left alone where scripts and emoji need them: between two letters or symbols beyond Latin.
const HIDDEN = new RegExp(
  "[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u200b\\u200e\\u200f\\u202a-\\u202e\\u2060-\\u2064\\u2066-\\u2069\\ufeff]" +
  "|[\\u{e0000}-\\u{e007f}]+|(?<![\\u0600-\\u0dff\\u{1f000}-\\u{1ffff}\\u2600-\\u27bf\\ufe0f])[\\u200c\\u200d]", "gu");

const nameOf = found => NAMES[found.codePointAt(0)] ?? "U+" + found.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");

// The character stays inside the mark (copying keeps the evidence); the mark's isolation ends its effect.
const mark = found => el("span", { class: "hidden-mark", "data-mark": nameOf(found), title: nameOf(found), text: found });

function marked(text) {
  const out = document.createDocumentFragment();
  let from = 0;
  for (const m of text.matchAll(HIDDEN)) {
    out.append(text.slice(from, m.index), mark(m[0]));
    from = m.index + m[0].length;
  }
  out.append(text.slice(from));
  return out;
}

const hasHidden = text => text.search(HIDDEN) >= 0;

function markInside(node) {
  const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) if (hasHidden(walker.currentNode.data)) found.push(walker.currentNode);
  found.forEach(text => text.replaceWith(marked(text.data)));
}

function rendered(html, text) {
  const node = el("div", { class: "text rendered", dir: "auto" });
  node.innerHTML = html; // the server's own rendering, sanitised there
  node.querySelectorAll("a").forEach(a => { a.target = "_blank"; a.rel = "noopener noreferrer nofollow"; });
  if (hasHidden(text)) markInside(node);
  return node;
}

function raw(text) {
  const node = el("div", { class: "text raw", dir: "auto" });
  node.append(hasHidden(text) ? marked(text) : text);
  return node;
}

const HAN = /\p{Script=Han}/gu;
const WORDS = /[\p{L}\p{N}]+(?:['’\-][\p{L}\p{N}]+)*/gu;
const SAMPLE = 200000;
const count = (text, pattern) => (text.match(pattern) || []).length;

export const codePoints = text => { let n = 0; for (const _ of text) n++; return n; };

export const charactersOf = (n, t) => counted(t, N_("{n} character"), N_("{n} characters"), n);

export const isHan = text => {
  const head = text.slice(0, 4000);
  return count(head, HAN) * 2 > count(head, /\p{L}/gu) * 0.6;
};

export function lengthOf(text, t) {
  if (isHan(text) || text.length > SAMPLE) return charactersOf(codePoints(text.replace(/\s+/g, "")), t);
  return counted(t, N_("{n} word"), N_("{n} words"), count(text, WORDS));
}

// Guidelines come in one or two languages; html is null where the text needs none.
export function fillGuidelines(node, { html, text }, desk) {
  const languages = Object.keys(html ?? text ?? {});
  const language = languages.includes(desk.language) ? desk.language : languages[0];
  const drawn = html?.[language] ? rendered(html[language], "") : raw(text?.[language] ?? "");
  node.replaceChildren(drawn);
}

export function drawText({ text, html }, desk) {
  const node = html && desk.rendered ? rendered(html, text || "") : raw(text || "");
  if (isHan(text || "")) node.classList.add("han");
  if (desk.item.screen.lang) node.lang = desk.item.screen.lang;
  return node;
}
