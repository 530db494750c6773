// Times as the pages write them (ui/figures.py), in the page's language and on the reader's own clock.
const REGIONS = { zh: "zh-Hans-CN", en: "en-SG" };

function written(at, form) {
  const language = document.documentElement.lang.split("-")[0];
  return new Intl.DateTimeFormat(REGIONS[language] ?? REGIONS.en, form).format(new Date(at));
}

// 14:05
export const clock = at => written(at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

// 3 Mar 14:05
export const moment = at => `${written(at, { day: "numeric", month: "short" })} ${clock(at)}`;
