// Words on the desk: fixed ones come translated from the page, localised ones are picked by the person's choice.
// N_ marks a fixed one that is looked up later; a test holds all of them against STRINGS in desk.py.
export const N_ = msgid => msgid;

export const translator = strings => (msgid, params = {}) =>
  (strings[msgid] || msgid).replace(/\{(\w+)\}/g, (_, name) => params[name] ?? "");

// A number with its noun: the page's language has at most two forms, and groups digits as its readers do.
export const counted = (t, one, many, n) => t(n === 1 ? one : many, { n: n.toLocaleString(document.documentElement.lang) });

export const shortLanguage = tag => (/^zh/i.test(tag || "") ? "zh" : (tag || "en").split(/[-_]/)[0].toLowerCase());

export const pageLanguage = tag => (shortLanguage(tag) === "zh" ? "zh-Hans" : shortLanguage(tag));

export function localise(value, language) {
  if (value == null) return "";
  if (typeof value !== "object") return String(value);
  return value[language] ?? Object.entries(value).find(([tag]) => shortLanguage(tag) === language)?.[1]
    ?? value.en ?? Object.values(value)[0] ?? "";
}

const tags = value => (value && typeof value === "object" && !Array.isArray(value) ? Object.keys(value).map(shortLanguage) : []);

// The languages a screen's localised words come in: the toggle is drawn only where there is something to toggle.
export function languagesOf(screen) {
  const found = new Set();
  const look = ask => {
    [ask.label, ask.description, ...(ask.strengths || []), ...Object.values(ask.anchors || {})].forEach(v => tags(v).forEach(x => found.add(x)));
    (ask.options || []).forEach(o => [o.label, o.description].forEach(v => tags(v).forEach(x => found.add(x))));
  };
  screen.asks.forEach(look);
  return [...found];
}
