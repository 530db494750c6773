// One of several options, flat or as a tree.
import { readPath } from "./answer.js";
import { DRAWS } from "./registry.js";
import { frame, mark, step } from "./asks.js";
import { drawOptions, optionName } from "./options.js";

DRAWS.asks.one_of = (ask, desk) => {
  const pick = option => {
    const again = desk.read(ask.name) === option.value && !ask.required;
    desk.write(ask.name, again ? undefined : option.value);
  };
  const { body, choices, values, bindings } = drawOptions(ask, desk, "radio", option => {
    pick(option);
    desk.goOn(ask);
  });
  const optionOf = node => ask.options.find(option => option.value === values.get(node));
  const drawn = frame(ask, desk, { role: "radiogroup", body });
  drawn.root.toggleAttribute("data-few", ask.options.length <= 2);
  return {
    ...drawn,
    ask,
    refresh: () => mark(choices, c => values.get(c) === desk.read(ask.name)),
    bindings,
    step: by => step(choices, by, node => desk.write(ask.name, optionOf(node).value)),
    answered: () => desk.read(ask.name) !== undefined,
    missing: () => (ask.required && desk.read(ask.name) === undefined ? desk.t("Choose one.") : ""),
    focus: () => choices.find(c => c.tabIndex === 0)?.focus(),
  };
};

DRAWS.words.one_of = (ask, said, desk) => optionName(ask, readPath(said, ask.name), desk);
