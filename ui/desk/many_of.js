// Any of several options, flat or as a tree.
import { readPath } from "./answer.js";
import { DRAWS } from "./registry.js";
import { frame, mark, step } from "./asks.js";
import { drawOptions, optionName } from "./options.js";

DRAWS.asks.many_of = (ask, desk) => {
  const chosen = () => desk.read(ask.name) || [];
  const order = new Map(ask.options.map((option, index) => [option.value, index]));
  const toggle = option => {
    const now = new Set(chosen());
    now.has(option.value) ? now.delete(option.value) : now.add(option.value);
    const list = [...now].sort((a, b) => order.get(a) - order.get(b));
    desk.write(ask.name, list.length ? list : undefined);
    desk.stay(ask);
  };
  const { body, choices, values, bindings } = drawOptions(ask, desk, "checkbox", toggle);
  const drawn = frame(ask, desk, { role: "group", body });
  return {
    ...drawn,
    ask,
    refresh: () => {
      const stop = choices.indexOf(document.activeElement);
      mark(choices, c => chosen().includes(values.get(c)));
      if (stop >= 0)
        choices.forEach((c, i) => {
          c.tabIndex = i === stop ? 0 : -1;
        });
    },
    bindings,
    step: by => step(choices, by),
    answered: () => chosen().length >= Math.max(1, ask.at_least),
    missing: () => (chosen().length < ask.at_least ? desk.t("Choose at least {n}.", { n: ask.at_least }) : ""),
    focus: () => choices.find(c => c.tabIndex === 0)?.focus(),
  };
};

DRAWS.words.many_of = (ask, said, desk) =>
  (readPath(said, ask.name) ?? []).map(value => optionName(ask, value, desk)).join(desk.t(", "));
