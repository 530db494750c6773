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
  const { body, choices, byKey, values } = drawOptions(ask, desk, "radio", pick);
  const drawn = frame(ask, desk, { role: "radiogroup", body });
  drawn.root.toggleAttribute("data-few", ask.options.length <= 2);
  return {
    ...drawn, ask,
    refresh: () => mark(choices, c => values.get(c) === desk.read(ask.name)),
    key: key => byKey(key) && "done",
    step: by => step(choices, by, true),
    answered: () => desk.read(ask.name) !== undefined,
    missing: () => (ask.required && desk.read(ask.name) === undefined ? desk.t("Choose one.") : ""),
    focus: () => choices.find(c => c.tabIndex === 0)?.focus(),
    help: () => [["1–9"], desk.loc(ask.label)],
  };
};

DRAWS.words.one_of = (ask, said, desk) => optionName(ask, readPath(said, ask.name), desk);
