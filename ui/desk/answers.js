// All answers to one item side by side: what is suggested, what the first reviewer said, a card an answer, and what was before.
import { moment } from "./dates.js";
import { drawDifference } from "./difference.js";
import { cap, el } from "./dom.js";
import { OUTCOMES, SKIPS } from "./panels.js";
import { DRAWS } from "./registry.js";
import { N_ } from "./strings.js";
import { drawText } from "./text.js";

const WHY = { reopened: N_("reopened"), back: N_("back from its author"), doubt: N_("in doubt"), flag: N_("flagged"), audit: N_("drawn at random"), second: N_("second review"), chosen: N_("chosen by you") };
const METHODS = {
  single: N_("the only answer"), unanimous: N_("all answers agree"), majority: N_("majority answer"), dawid_skene: N_("annotators weighted by accuracy"),
  map_dawid_skene: N_("annotators weighted by accuracy"), one_coin: N_("annotators weighted by accuracy"),
  adjusted_mean: N_("the mean, corrected for each annotator's bias"), medoid: N_("the answer nearest to all others"),
};
const BASES = { accepted: N_("suggestion accepted"), picked: N_("an answer picked"), edited: N_("edited") };
export const REASONS = [["guideline_gap", "g", N_("Guideline gap")], ["annotator_error", "e", N_("Annotator error")], ["ambiguous", "a", N_("Genuinely ambiguous")], ["bad_item", "b", N_("Bad item")]];

export const reasonName = (reason, desk) => desk.t(REASONS.find(([name]) => name === reason)?.[2] ?? "");
export const personName = (answer, desk) => (desk.namesShown && answer.name) || desk.t(answer.machine ? N_("Machine judge {n}") : N_("Annotator {n}"), { n: answer.label });
export const canPick = answer => Boolean(answer?.answer) && answer.fits !== false;

const saying = (answer, extras) => ({ answer: answer ?? {}, extras: extras ?? {} });
const wordsOf = (ask, said, desk) => DRAWS.words[ask.kind](ask, said, desk);
const given = served => served.answers.filter(answer => canPick(answer) && !answer.machine);

// Names of asks on which the answers differ: the server's, and those that read differently here.
export function apart(desk) {
  const { served, screen } = desk.item;
  const here = screen.asks.filter(ask => new Set(given(served).map(one => wordsOf(ask, saying(one.answer), desk))).size > 1);
  return new Set([...(served.differs ?? []), ...here.map(ask => ask.name)]);
}

// What the cards are held against: the suggestion, else the first answer.
const baseOf = served => served.suggested?.answer ?? given(served)[0]?.answer;

const likely = (p, desk) => (p > 0.995 ? "> 99%" : new Intl.NumberFormat(desk.root.lang, { style: "percent" }).format(p));

export function sureness({ probability: p, calibrated, gold_items: n }, desk) {
  if (p == null) return desk.t("Confidence can't be estimated.");
  const params = { p: likely(p, desk), n };
  if (calibrated) return desk.t("{p} likely correct (calibrated on gold items, n = {n}).", params);
  return n ? desk.t("{p} likely correct (model estimate; too few gold items to calibrate: {n}).", params) : desk.t("{p} likely correct (model estimate, not calibrated).", params);
}

function drawValue(ask, said, base, desk) {
  const words = wordsOf(ask, said, desk);
  const against = base && words !== wordsOf(ask, base, desk);
  const marked = against && desk.marksShown ? DRAWS.compare[ask.kind]?.(ask, said, base, desk) : null;
  const node = marked || (ask.kind === "write" && words ? drawText({ text: words }, desk) : el("span", { text: words || "—" }));
  return el("div", { class: "said-value", "data-against": Boolean(against) }, node);
}

function drawRows(said, base, desk) {
  const { asks } = desk.item.screen;
  const differing = apart(desk);
  const sorted = [...asks.filter(ask => differing.has(ask.name)), ...asks.filter(ask => !differing.has(ask.name))];
  return sorted.map(ask => el("div", { class: "said", "data-kind": ask.kind, "data-apart": differing.has(ask.name), "data-alone": asks.length === 1 },
    el("div", { class: "said-label", text: desk.loc(ask.label) }), drawValue(ask, said, base, desk)));
}

function drawExtras(extras, base, desk) {
  const { t } = desk;
  const reasons = (extras.reasons ?? []).map(id => desk.loc(desk.item.screen.extras?.rationale?.reasons?.find(reason => reason.id === id)?.name ?? id));
  const marks = [extras.flagged ? t("Safety concern") : null, extras.confidence ? t("Self-rated confidence: {n} of 5", { n: extras.confidence }) : null, ...reasons].filter(Boolean);
  const note = extras.rationale && ((desk.marksShown && drawDifference(base?.rationale ?? "", extras.rationale)) || drawText({ text: extras.rationale }, desk));
  return [marks.length ? el("div", { class: "card-marks" }, ...marks.map(text => el("span", { class: "mark", text }))) : null, note ? el("blockquote", {}, note) : null];
}

const SETTLED = { revised: N_("revised since"), kept: N_("kept as it was"), withdrawn: N_("undone") };

function drawReturn({ comment, at, settled, reply }, desk) {
  const state = settled ? desk.t(SETTLED[settled]) : desk.t("no reply yet");
  return el("p", { class: "sent-back" }, el("span", { text: `${desk.t("Sent back {time}", { time: moment(at) })} · ${state}` }), el("q", { text: comment }), reply ? el("q", { class: "reply", text: reply }) : null);
}

function passed({ outcome, reason }, desk) {
  const why = SKIPS.find(([name]) => name === reason)?.[1];
  const words = OUTCOMES.find(([name]) => name === outcome)?.[1];
  return words ? desk.t(words) : desk.t("Skipped: {why}", { why: why ? desk.t(why) : reason ?? "—" });
}

// While a verdict is edited digits answer its questions: nothing is picked then.
function drawPick({ label, ...answer }, desk) {
  const key = label < 10 ? String(label) : null;
  const name = `${desk.t("Pick")} ${personName({ label, ...answer }, desk)}`; // begins with what it reads
  return el("button", { type: "button", class: "quiet pick", "data-command": key, "aria-label": name, onclick: () => desk.pick(label) },
    key && cap(), el("span", { text: desk.t("Pick") }));
}

function drawCard(answer, desk) {
  const { served } = desk.item;
  const { t } = desk;
  const first = given(served)[0];
  const base = answer.answer && saying(baseOf(served), first?.id === answer.id ? null : first?.extras);
  const facts = [moment(answer.at), answer.revision > 1 ? t("revision {n}", { n: answer.revision }) : null, answer.same_as?.length ? t("same as {labels}", { labels: answer.same_as.join(", ") }) : null, answer.returned ? t("with its author") : null, answer.fits === false && answer.answer ? t("no longer fits the rubric") : null];
  const pick = canPick(answer) && !desk.editing && drawPick(answer, desk);
  const body = answer.answer ? drawRows(saying(answer.answer, answer.extras), base, desk) : [el("p", { class: "muted", text: passed(answer, desk) })];
  return el("article", { class: "card", "data-label": answer.label },
    el("header", {}, el("h3", { text: personName(answer, desk) }), el("small", { text: facts.filter(Boolean).join(" · ") }), pick || null),
    ...body, ...drawExtras(answer.extras ?? {}, base?.extras, desk),
    ...served.returned.filter(sent => sent.label === answer.label).map(sent => drawReturn(sent, desk)));
}

function drawSuggestion(desk) {
  const { suggested, answers } = desk.item.served;
  const { t } = desk;
  const method = METHODS[suggested?.method];
  if (desk.item.served.state === "quarantined") return null;
  if (!suggested) return el("article", { class: "card suggestion none" }, el("header", {}, el("h3", { text: t("Nothing is suggested") })), el("p", { class: "muted", text: t("Pick an answer, or edit one into a verdict.") }));
  const from = answers.find(answer => answer.label === suggested.from);
  return el("article", { class: "card suggestion" }, el("header", {}, el("h3", { text: t("Suggested") }), el("small", { text: from ? t("as {name} says", { name: personName(from, desk) }) : "" })),
    ...drawRows(saying(suggested.answer), null, desk),
    el("p", { class: "muted", text: desk.sentences(sureness(suggested, desk), method && t("Method: {method}.", { method: t(method) })) }));
}

function drawFirst(desk) {
  const { first_verdict: first, suggested } = desk.item.served;
  const same = suggested && desk.item.screen.asks.every(ask => wordsOf(ask, saying(first.answer), desk) === wordsOf(ask, saying(suggested.answer), desk));
  const facts = [desk.t(BASES[first.basis]), suggested ? desk.t(same ? N_("as suggested") : N_("differs from the suggestion")) : null, first.reason ? reasonName(first.reason, desk) : null];
  return el("article", { class: "card first", "data-differs": Boolean(suggested) && !same }, el("header", {}, el("h3", { text: desk.t("The first reviewer's verdict") }), el("small", { text: facts.filter(Boolean).join(" · ") })),
    ...drawRows(saying(first.answer), suggested && saying(suggested.answer), desk), first.comment ? el("blockquote", { text: first.comment }) : null);
}

function drawHistory(desk) {
  const { history } = desk.item.served;
  if (!history?.length) return null;
  const line = past => {
    const value = desk.item.screen.asks.map(ask => wordsOf(ask, saying(past.answer), desk)).filter(Boolean).join(" · ");
    const facts = [moment(past.at), desk.t(BASES[past.basis]), past.reason ? reasonName(past.reason, desk) : null, past.reopened_at ? desk.t("reopened {time}", { time: moment(past.reopened_at) }) : null];
    return el("li", {}, el("span", { text: value }), el("small", { text: facts.filter(Boolean).join(" · ") }), past.comment ? el("q", { text: past.comment }) : null, past.reopened_why ? el("q", { text: past.reopened_why }) : null);
  };
  return el("details", { class: "history" }, el("summary", { text: desk.t("Earlier verdicts: {n}", { n: history.length }) }), el("ol", {}, ...history.map(line)));
}

function headline(desk) {
  const { served, screen } = desk.item;
  const differing = screen.asks.filter(ask => apart(desk).has(ask.name));
  if (given(served).length < 2) return "";
  if (!differing.length) return desk.t("All answers agree.");
  return screen.asks.length === 1 ? desk.t("Answers differ.") : desk.t("Answers differ on: {asks}", { asks: differing.map(ask => desk.loc(ask.label)).join(desk.t(", ")) });
}

const toggle = (desk, key, words, on) =>
  el("button", { type: "button", class: "quiet", "aria-pressed": String(on), "data-command": key, onclick: () => desk.command(key) },
    cap(), el("span", { text: desk.t(words) }));

const ASIDE = { flagged: N_("On hold: annotators reported this item. Submit a verdict, or press B to return it to the queue or withdraw it."), quarantined: N_("On hold: this item may contain personal data. Press B to return it to the queue or withdraw it.") };

export function drawAnswers(desk) {
  const { served } = desk.item;
  const tools = [served.answers.some(answer => answer.name) ? toggle(desk, "n", N_("Names"), desk.namesShown) : null, toggle(desk, "d", N_("Differences"), desk.marksShown)];
  const why = (served.why ?? []).map(name => el("span", { class: "mark", text: desk.t(WHY[name] ?? name) }));
  return el("aside", { class: "answers", tabindex: "0", "aria-label": desk.t("Answers") },
    el("header", { class: "answers-head" }, el("div", {}, ...why, served.stage === 2 ? el("span", { class: "mark", text: desk.t("second reviewer") }) : null), el("div", {}, ...tools)),
    ASIDE[served.state] ? el("p", { class: "aside", text: desk.t(ASIDE[served.state]) }) : null, ...(served.first_verdict ? [drawFirst(desk), drawSuggestion(desk)] : [drawSuggestion(desk)]), el("p", { class: "headline", text: headline(desk) }), ...served.answers.map(answer => drawCard(answer, desk)), drawHistory(desk));
}
