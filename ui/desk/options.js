// The options of one_of and many_of: chips in a row, or a row a branch where options have parents; long lists can be
// searched.
import { el } from "./dom.js";
import { choice, keyed, optionKey } from "./asks.js";

const SEARCH_FROM = 20;

function branches(options) {
  const known = new Set(options.map(option => option.value));
  const children = new Map();
  options.forEach(option => {
    const parent = known.has(option.parent) ? option.parent : null;
    children.set(parent, [...(children.get(parent) || []), option]);
  });
  return children;
}

// Keys are given in the order drawn, which in a tree is depth first.
function inOrder(children, parent = null) {
  return (children.get(parent) || []).flatMap(option => [option, ...inOrder(children, option.value)]);
}

const nameOf = node => node.querySelector(".choice-label").textContent.toLowerCase();

function search(desk, choices) {
  const visible = () => choices.filter(c => !c.hidden);
  const find = words => {
    choices.forEach(c => {
      c.hidden = !nameOf(c).includes(words);
    });
    desk.printKeys();
  };
  return el("input", {
    type: "search",
    class: "option-search",
    placeholder: desk.t("Find an option ( / )"),
    "aria-label": desk.t("Find an option ( / )"),
    oninput: event => find(event.target.value.trim().toLowerCase()),
    onkeydown: event => {
      if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
      const [first] = visible();
      event.target.value = "";
      find("");
      first?.click();
    },
  });
}

export function drawOptions(ask, desk, role, pick) {
  const children = branches(ask.options);
  const ordered = inOrder(children);
  const values = new Map();
  const made = new Map(
    ordered.map((option, index) => {
      const button = choice({
        label: desk.loc(option.label),
        title: desk.loc(option.description) || null,
        role,
        pick: () => pick(option),
      });
      values.set(button, option.value);
      return [option.value, button];
    }),
  );
  const choices = [...made.values()];
  const branch = option =>
    children.has(option.value)
      ? el(
          "div",
          { class: "branch" },
          made.get(option.value),
          el("div", { class: "leaves" }, ...children.get(option.value).map(branch)),
        )
      : made.get(option.value);
  const tree = ordered.some(option => children.has(option.value));
  const body = el("div", { class: tree ? "options tree" : "options" }, ...(children.get(null) || []).map(branch));
  if (choices.length > SEARCH_FROM) body.prepend(search(desk, choices));
  const field = body.querySelector(".option-search");
  const finding = field
    ? [{ keys: ["/"], node: field, words: desk.t("Find an option ( / )"), act: () => field.focus() }]
    : [];
  return { body, choices, values, bindings: () => [...keyed(choices, optionKey), ...finding] };
}

export const optionName = (ask, value, desk) =>
  value === undefined ? "" : desk.loc(ask.options.find(option => option.value === value)?.label ?? String(value));
